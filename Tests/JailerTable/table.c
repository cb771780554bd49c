#include "jailer_table.h"

#include "jailer_plan.h"

#define ROW(number, name, operands, stages, scope) {number, #name, operands, stages, scope},
static const struct jailer_table_row jailer_table[] = {JAILER_OPERATIONS(ROW)};
const int jailer_table_count = sizeof jailer_table / sizeof jailer_table[0];

const struct jailer_table_row *jailer_table_row_at(int index) { return &jailer_table[index]; }
