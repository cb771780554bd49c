/* Two mount namespaces of one launcher. Its jails are born in the first, where what they need for their own mounts is to be
 * seen, the host's /proc among it, and live in copies of the second, where it is not. So no jail has to unmount anything:
 * each umount2(2) waits for a grace period of the kernel, with which it would be the slowest step of all. */
#include "interpreter.h"

static long open_own(struct jailer *j, const char *proc)
{
    char path[4096];
    const char *name = "/self/ns/mnt";
    uint64_t n = 0;
    for (; *proc; proc++) {
        if (n + 16 > sizeof path) return -CSYS_ENAMETOOLONG;
        path[n++] = *proc;
    }
    while ((path[n++] = *name++)) {}
    return CALL(j, openat, CSYS_AT_FDCWD, path, CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0);
}

/* The paths lie in a root that was built for the jail: nobody else could have put a link on the way. */
static long detach_all(struct jailer *j, const uint64_t *paths)
{
    for (; *paths; paths++)
        TRY(j, umount2, jailer_string(j, *paths), CSYS_MNT_DETACH | CSYS_UMOUNT_NOFOLLOW);
    return 0;
}

long op_divide_mounts(struct jailer *j, jailer_op op)
{
    const char *proc = jailer_string(j, op->operand[1]);
    long first = open_own(j, proc);
    if (first < 0) return first;
    TRY(j, unshare, CSYS_CLONE_NEWNS);
    long second = open_own(j, proc);
    if (second < 0) return second;
    long result = detach_all(j, jailer_vector(j, op->operand[2]));
    if (result < 0) return result;
    j->procfs = slot_empty;
    TRY(j, setns, (int)first, CSYS_CLONE_NEWNS);
    csys_close((int)first);
    jailer_set_slot(j, op->operand[0], second);
    return 0;
}

long op_enter_mounts(struct jailer *j, jailer_op op)
{
    jailer_forget_parent(j);
    j->procfs = slot_empty; /* setns(2) changes the working directory */
    TRY(j, setns, jailer_slot(j, op->operand[0]), CSYS_CLONE_NEWNS);
    return CALL(j, unshare, CSYS_CLONE_NEWNS);
}

#include "uninstrumented_end.h"
