/* An init that shares the pid namespace of its host. It is not pid 1, so the kernel neither hands it the orphans of its payload
 * unasked, nor kills anything when it ends, and kill(-1) would reach the host's. */
#include "interpreter.h"

/* The list stays open in the place of the arena, which is mapped: the init's filter lets it read, not open. */
long op_adopt_orphans(struct jailer *j, jailer_op op)
{
    const int proc = jailer_slot(j, op->operand[0]);
    struct csys_statfs status;
    TRY(j, fstatfs, proc, &status);
    if (status.f_type != CSYS_PROC_SUPER_MAGIC) return -CSYS_EINVAL;
    /* The numbers of another pid namespace's procfs would be others' here. */
    char self[16];
    const long n = CALL(j, readlinkat, proc, "self", self, sizeof self);
    if (n < 0) return n;
    uint64_t number = 0;
    for (long i = 0; i < n; i++) {
        if (self[i] < '0' || self[i] > '9') return -CSYS_EINVAL;
        number = number * 10 + (uint64_t)(self[i] - '0');
    }
    if (number != (uint64_t)csys_getpid()) return -CSYS_EINVAL;
    TRY(j, prctl, CSYS_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    long list = jailer_open_in(j, proc, "thread-self/children", CSYS_O_RDONLY);
    if (list < 0) return list;
    long placed = CALL(j, dup3, (int)list, jailer_fd_arena, CSYS_O_CLOEXEC);
    csys_close((int)list);
    if (placed < 0) return placed;
    j->children = jailer_fd_arena;
    return 0;
}

/* By number: none of them is another's before this process has reaped it. */
void jailer_kill_children(const struct jailer *j)
{
    char text[512];
    for (int64_t at = 0;;) {
        const long n = csys_pread64(j->children, text, sizeof text, at);
        if (n <= 0) return;
        /* No process has so large a number: nobody is killed by what overflows. */
        const uint64_t most = 0x7fffffff;
        uint64_t pid = 0;
        long whole = 0;
        for (long i = 0; i < n; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                if (pid <= most) pid = pid * 10 + (uint64_t)(text[i] - '0');
                continue;
            }
            if (pid > 1 && pid <= most) csys_kill((int)pid, CSYS_SIGKILL);
            pid = 0;
            whole = i + 1;
        }
        if (!whole) return;
        at += whole;
    }
}

#include "uninstrumented_end.h"
