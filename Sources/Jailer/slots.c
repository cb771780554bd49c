/* The plan's descriptors by slot, and the messages to the host. */
#include "interpreter.h"

int jailer_slot(struct jailer *j, uint64_t index)
{
    return index < jailer_most_slots ? j->slot[index] : slot_empty;
}

void jailer_set_slot(struct jailer *j, uint64_t index, long fd)
{
    if (index < jailer_most_slots) j->slot[index] = (int32_t)fd;
}

long jailer_send(struct jailer *j, uint32_t kind, int32_t pid, int fd)
{
    struct jailer_message message = {kind, pid};
    struct csys_iovec part = {(uint64_t)&message, sizeof message};
    /* The length leaves out the padding, as CMSG_LEN does. */
    struct csys_cmsg_fd control = {sizeof control - 4, CSYS_SOL_SOCKET, CSYS_SCM_RIGHTS, fd, 0};
    struct csys_msghdr header = {.iov = (uint64_t)&part, .iov_length = 1};
    if (fd >= 0) {
        header.control = (uint64_t)&control;
        header.control_length = sizeof control;
    }
    return CALL(j, sendmsg, j->control, &header, CSYS_MSG_NOSIGNAL);
}

long op_close(struct jailer *j, jailer_op op)
{
    int fd = jailer_slot(j, op->operand[0]);
    if (fd == slot_absent) return 0;
    if (fd < 0) return -CSYS_EBADF;
    if (fd == j->procfs) j->procfs = slot_empty; /* the next to be opened may get its number */
    jailer_set_slot(j, op->operand[0], slot_empty);
    return CALL(j, close, fd);
}

/* A descriptor of the host that travels to it counts as in flight against this limit (ETOOMANYREFS), together
 * with all that payloads of the same kernel uid have in flight; their own hard limit lies below. */
long op_raise_open_files(struct jailer *j, jailer_op op)
{
    (void)op;
    struct csys_rlimit limit;
    TRY(j, prlimit64, 0, CSYS_RLIMIT_NOFILE, 0, &limit);
    /* The program gets it back, unless its own limit is managed. */
    j->open_files = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return CALL(j, prlimit64, 0, CSYS_RLIMIT_NOFILE, &limit, 0);
}

#include "uninstrumented_end.h"
