/* Namespaces that exist already. */
#include "interpreter.h"

/* O_NONBLOCK, or a fifo in its place would let this wait. What it is, setns(2) finds out. */
long op_open_namespace(struct jailer *j, jailer_op op)
{
    const int flags = CSYS_O_RDONLY | CSYS_O_CLOEXEC | CSYS_O_NONBLOCK | CSYS_O_NOCTTY;
    long fd = CALL(j, openat, CSYS_AT_FDCWD, jailer_string(j, op->operand[1]), flags, 0);
    if (fd < 0) return fd;
    jailer_set_slot(j, op->operand[0], fd);
    return 0;
}

/* Of a pidfd several at once: the kernel takes them in the one order in which the rights suffice, or none. A pid namespace is
 * joined by the children alone: this process stays where nobody in it can see it. */
long op_join_namespaces(struct jailer *j, jailer_op op)
{
    j->procfs = slot_empty; /* the working directory, too, where it is a mount namespace */
    return CALL(j, setns, jailer_slot(j, op->operand[0]), (int)op->operand[1]);
}

#include "uninstrumented_end.h"
