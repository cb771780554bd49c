/* The mount namespace of the next jail of a prepared sandbox, made before anybody asks for it, and in it every file system of the
 * jail's own that belongs to none of its other namespaces.
 *
 * What makes it stands in both plans: in the launcher's after PARK, and in the jail's after TAKE_MOUNTS, which leaves it out where
 * it has been done. So a jail for which there was no time makes its own, and what cannot be made is told by whoever needs it. Each
 * one is for one jail: its launcher lets go of it with that. */
#include "interpreter.h"

static long open_own(struct jailer *j, int procfs)
{
    return CALL(j, openat, procfs, "self/ns/mnt", CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0);
}

long op_take_mounts(struct jailer *j, jailer_op op)
{
    const uint64_t count = op->operand[0];
    if (count >= j->header->operation_count - j->step || op[count].stage != j->stage) return -CSYS_EINVAL;
    if (j->ahead < 0) return 0;
    /* Tests make steps fail: such a one is not left out. */
    for (uint64_t i = 1; i <= count; i++)
        if (op[i].fails) return 0;
    jailer_forget_parent(j);
    j->procfs = slot_empty; /* setns(2) changes the working directory */
    TRY(j, setns, j->ahead, CSYS_CLONE_NEWNS);
    csys_close(j->ahead);
    j->ahead = slot_empty;
    j->step += (uint32_t)count;
    return 0;
}

long op_set_mounts_aside(struct jailer *j, jailer_op op)
{
    if (j->home < 0 || j->ahead >= 0) return -CSYS_EINVAL;
    long own = open_own(j, jailer_slot(j, op->operand[0]));
    if (own < 0) return own;
    j->ahead = (int32_t)own;
    return 0;
}

/* What only changes mounts, and ends. */
static int may_be_ahead(uint16_t code)
{
    switch (code) {
    case JAILER_OP_OPEN_TREE:
    case JAILER_OP_ENTER_MOUNTS:
    case JAILER_OP_OPEN_ROOT:
    case JAILER_OP_NEW_FILESYSTEM:
    case JAILER_OP_ATTACH:
    case JAILER_OP_MAKE_DIRECTORY:
    case JAILER_OP_MAKE_SYMLINK:
    case JAILER_OP_MAKE_FILE:
    case JAILER_OP_HOLD_IN_ROOT: return 1;
    default: return 0;
    }
}

/* How much stands after PARK. */
static long steps_ahead(const struct jailer *j)
{
    const uint32_t count = j->header->operation_count - j->step - 1;
    const jailer_op first = j->operation + j->step + 1;
    if (!count) return 0;
    for (uint32_t i = 0; i + 1 < count; i++)
        if (!may_be_ahead(first[i].code)) return -CSYS_EINVAL;
    return first[count - 1].code == JAILER_OP_SET_MOUNTS_ASIDE ? (long)count : -CSYS_EINVAL;
}

static void close_filled(struct jailer *j, jailer_op op)
{
    uint64_t slot;
    if (!jailer_fills(op, &slot)) return;
    const int fd = jailer_slot(j, slot);
    if (fd >= 0) csys_close(fd);
    jailer_set_slot(j, slot, slot_empty);
}

long jailer_make_mounts_ahead(struct jailer *j)
{
    const uint32_t park = j->step;
    const long count = steps_ahead(j);
    const jailer_op first = j->operation + park + 1;
    if (count <= 0) return count;
    if (j->home < 0) {
        long home = open_own(j, jailer_slot(j, first[count - 1].operand[0]));
        if (home < 0) return home;
        j->home = (int32_t)home;
    }
    long result = 0;
    for (long i = 0; i < count && result >= 0; i++) {
        struct jailer_step *step = &j->report->step[++j->step];
        const uint64_t start = jailer_now();
        result = jailer_perform(j, first + i);
        step->nanoseconds = jailer_now() - start;
        step->ran = 1;
        step->error = result < 0 ? (int32_t)result : 0;
        step->call = result < 0 ? (uint16_t)j->call : 0;
    }
    jailer_forget_parent(j);
    for (long i = 0; i < count; i++) close_filled(j, first + i);
    j->procfs = slot_empty;
    /* Nowhere else may a jail be born. */
    const uint32_t call = j->call;
    const long back = csys_setns(j->home, CSYS_CLONE_NEWNS);
    j->call = back < 0 ? CSYS_NR_setns : call;
    if (back < 0) jailer_fail(j, back);
    if (result < 0) return result;
    j->step = park;
    return 0;
}

void jailer_let_go_of_mounts(struct jailer *j)
{
    if (j->ahead >= 0) csys_close(j->ahead);
    j->ahead = slot_empty;
}

#include "uninstrumented_end.h"
