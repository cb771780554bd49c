/* Is an arena well formed? All of it is checked before any of it is carried out, so that a malformed plan changes
 * nothing. Afterwards every offset in an operand lies inside, every string ends inside. */
#include "interpreter.h"

struct shape {
    char operands[jailer_operands + 1];
    uint8_t stages;
};

static int shape_of(uint16_t code, struct shape *to)
{
    switch (code) {
#define JAILER_SHAPE(number, name, kinds, legal, scope) \
    case number: \
        *to = (struct shape){kinds, legal}; \
        return 1;
        JAILER_OPERATIONS(JAILER_SHAPE)
#undef JAILER_SHAPE
    default: return 0;
    }
}

int jailer_fills(const struct jailer_operation *op, uint64_t *slot)
{
    struct shape shape;
    if (!shape_of(op->code, &shape)) return 0;
    for (int i = 0; i < jailer_operands; i++) {
        if (shape.operands[i] != 'F') continue;
        *slot = op->operand[i];
        return 1;
    }
    return 0;
}

static int string_ends(const uint8_t *arena, uint64_t size, uint64_t offset)
{
    for (uint64_t i = offset; i < size; i++)
        if (!arena[i]) return 1;
    return 0;
}

static int vector_is_sound(const uint8_t *arena, uint64_t size, uint64_t offset)
{
    if (offset % 8) return 0;
    for (uint64_t i = offset; i <= size - 8 && i < size; i += 8) {
        uint64_t string = *(const uint64_t *)(const void *)(arena + i);
        if (!string) return 1;
        if (!string_ends(arena, size, string)) return 0;
    }
    return 0;
}

static int operand_is_sound(const uint8_t *arena, const struct jailer_header *h, const struct jailer_operation *op,
                            const struct shape *shape, int i)
{
    uint64_t value = op->operand[i];
    switch (shape->operands[i]) {
    case 'i': return 1;
    case 's': return string_ends(arena, h->size, value);
    case 'b': return i + 1 < jailer_operands && value <= h->size && op->operand[i + 1] <= h->size - value;
    case 'v': return vector_is_sound(arena, h->size, value);
    case 'f':
    case 'F': return value < h->slot_count;
    case '.': return (i > 0 && shape->operands[i - 1] == 'b') || value == 0;
    default: return 0;
    }
}

long jailer_check(const uint8_t *arena, uint64_t size, uint64_t report_size)
{
    const struct jailer_header *h = (const struct jailer_header *)(const void *)arena;
    if (size < sizeof *h) return -CSYS_EINVAL;
    if (h->magic != JAILER_MAGIC || h->version != JAILER_VERSION || h->size != size) return -CSYS_EPROTO;
    if (h->operation_count > jailer_most_operations || h->slot_count > jailer_most_slots) return -CSYS_E2BIG;
    if (h->passed_count > h->slot_count) return -CSYS_EINVAL;
    if (h->operation_offset % 8 || h->operation_offset > size ||
        h->operation_count * (uint64_t)sizeof(struct jailer_operation) > size - h->operation_offset)
        return -CSYS_EINVAL;
    if (report_size < sizeof(struct jailer_report) ||
        (report_size - sizeof(struct jailer_report)) / sizeof(struct jailer_step) < h->operation_count)
        return -CSYS_EINVAL;

    const struct jailer_operation *op = (const struct jailer_operation *)(const void *)(arena + h->operation_offset);
    uint8_t stage = JAILER_STAGE_LAUNCHER;
    for (uint32_t step = 0; step < h->operation_count; step++, op++) {
        struct shape shape;
        if (!shape_of(op->code, &shape)) return -CSYS_EINVAL;
        if (op->stage > JAILER_STAGE_ENTER || !(shape.stages & (1u << op->stage))) return -CSYS_EINVAL;
        /* A process never comes back to an earlier role. */
        if (op->stage < stage) return -CSYS_EINVAL;
        stage = op->stage;
        for (int i = 0; i < jailer_operands; i++)
            if (!operand_is_sound(arena, h, op, &shape, i)) return -CSYS_EINVAL;
    }
    return 0;
}

#include "uninstrumented_end.h"
