/* The table of operations (jailer_plan.h) as rows, for tests: a macro alone cannot be walked from Swift. */
#ifndef JAILER_TABLE_H
#define JAILER_TABLE_H

struct jailer_table_row {
    int number;
    const char *name, *operands;
    int stages;
    char scope;
};

extern const int jailer_table_count;

const struct jailer_table_row *jailer_table_row_at(int index);

#endif
