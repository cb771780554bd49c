/* What a running process does to itself, and a jail that is made anew does not need: it closes what it has open, and its root
 * becomes a directory of its own. */
#include "interpreter.h"

/* All but these numbers, and what enter() looks at its threads through. */
long op_keep_descriptors(struct jailer *j, jailer_op op)
{
    const uint32_t *kept = (const uint32_t *)(void *)jailer_bytes(j, op->operand[0]);
    const uint64_t count = op->operand[1] / 4;
    if (op->operand[0] % 4 || op->operand[1] % 4) return -CSYS_EINVAL;
    uint32_t free = 0;
    uint64_t i = 0;
    int own = j->inspected;
    while (i < count || own >= 0) {
        uint32_t next;
        if (own >= 0 && (i == count || (uint32_t)own < kept[i])) {
            next = (uint32_t)own;
            own = -1;
        } else {
            next = kept[i++];
            if (own == (int)next) own = -1;
        }
        if (next < free) return -CSYS_EINVAL;
        if (next > free) TRY(j, close_range, free, next - 1, 0);
        free = next + 1;
    }
    return CALL(j, close_range, free, ~0u, 0);
}

/* The working directory is inside before the root is: one outside of it would lead out. */
long op_change_root(struct jailer *j, jailer_op op)
{
    TRY(j, chdir, jailer_string(j, op->operand[0]));
    TRY(j, chroot, ".");
    return CALL(j, chdir, "/");
}

#include "uninstrumented_end.h"
