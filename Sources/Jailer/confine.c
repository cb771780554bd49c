/* What a running process does to itself, and a jail that is made anew does not need: it closes what it has open, and its root
 * becomes a directory of its own. */
#include "interpreter.h"

/* Ascending. */
static int is_in(const uint32_t *numbers, uint64_t count, uint32_t number)
{
    for (uint64_t i = 0; i < count; i++)
        if (numbers[i] == number) return 1;
    return 0;
}

int jailer_keeps(const struct jailer *j, const struct jailer_operation *op, uint32_t number)
{
    return number == (uint32_t)j->inspected || is_in(j->waiters, j->waiter_count, number) ||
           is_in((const uint32_t *)(void *)(j->arena + op->operand[0]), op->operand[1] / 4, number);
}

static uint32_t next_of(const uint32_t *numbers, uint64_t count, uint32_t from, uint32_t best)
{
    for (uint64_t i = 0; i < count; i++)
        if (numbers[i] >= from && numbers[i] < best) best = numbers[i];
    return best;
}

/* All but these numbers, what the run time waits by, and what enter() looks at its threads through. */
long op_keep_descriptors(struct jailer *j, jailer_op op)
{
    const uint32_t *kept = (const uint32_t *)(void *)jailer_bytes(j, op->operand[0]);
    const uint32_t none = ~0u, own = (uint32_t)j->inspected;
    if (op->operand[0] % 4 || op->operand[1] % 4) return -CSYS_EINVAL;
    jailer_forget_parent(j);
    for (uint32_t free = 0;;) {
        uint32_t next = next_of(kept, op->operand[1] / 4, free, none);
        next = next_of(j->waiters, j->waiter_count, free, next);
        if (own >= free && own < next) next = own;
        if (next == none) return CALL(j, close_range, free, ~0u, 0);
        if (next > free) TRY(j, close_range, free, next - 1, 0);
        free = next + 1;
    }
}

/* The working directory is inside before the root is: one outside of it would lead out. Where chroot(2) is refused, it is what it
 * was. */
long op_change_root(struct jailer *j, jailer_op op)
{
    j->procfs = slot_empty;
    const long before = csys_openat(CSYS_AT_FDCWD, ".", CSYS_O_PATH | CSYS_O_DIRECTORY | CSYS_O_CLOEXEC, 0);
    struct csys_statx wanted;
    long result = CALL(j, chdir, jailer_string(j, op->operand[0]));
    if (result >= 0) {
        j->begun = 1;
        result = CALL(j, statx, CSYS_AT_FDCWD, "", CSYS_AT_EMPTY_PATH, jailer_identity, &wanted);
        if (result >= 0) result = CALL(j, chroot, ".");
        if (result < 0 && before >= 0 && csys_fchdir((int)before) == 0) j->begun = 0;
    }
    if (before >= 0) csys_close((int)before);
    if (result < 0) return result;
    if (!jailer_is_at("/", &wanted)) return -CSYS_EPERM;
    return CALL(j, chdir, "/");
}

#include "uninstrumented_end.h"
