/* The payload's process, from its birth to its program. */
#include "interpreter.h"

/* EXECUTE does not come back to write its own line; and a payload that was killed before it must not pass for a program
 * that ran. (The last moment that can be told apart is EXECUTE's beginning.) */
static void note_end_of_setup(struct jailer *j)
{
    struct jailer_report *report = j->report;
    report->started = jailer_now();
    /* Nor does START_PAYLOAD. */
    report->step[j->step].nanoseconds = report->started - report->step[j->step].nanoseconds;
    report->step[j->step].ran = 1;
    for (uint32_t step = j->step + 1; step < j->header->operation_count; step++) {
        struct jailer_step *line = &report->step[step];
        if (j->operation[step].stage != JAILER_STAGE_PAYLOAD || report->state == JAILER_STATE_FAILED) break;
        if (line->ran) continue;
        if (j->operation[step].code == JAILER_OP_EXECUTE && line->nanoseconds) {
            line->nanoseconds = report->started - line->nanoseconds;
            line->ran = 1;
            continue;
        }
        report->failed_step = step;
        report->error = -CSYS_EINTR;
        report->call = 0;
        report->detail = JAILER_DETAIL_KILLED;
        report->state = JAILER_STATE_FAILED;
    }
    if (report->state != JAILER_STATE_FAILED) report->state = JAILER_STATE_STARTED;
}

/* What the payload's process ran on until its program did: pages of their own, which the init gives back. */
static struct __attribute__((aligned(4096))) {
    uint8_t stack[32768];
    struct jailer state;
    int32_t gate; /* the init's end of it */
} beginning;

/* The kernel takes a payload with its init where that is pid 1. Any other takes it by this, until its program runs and may say
 * otherwise. (It has one thread, whose end is its own.) */
static void end_with_init(struct jailer *j)
{
    const struct csys_timespec at_once = {0, 0};
    struct csys_pollfd wait = {j->gate, 0, 0};
    const long set = CALL(j, prctl, CSYS_PR_SET_PDEATHSIG, CSYS_SIGKILL, 0, 0, 0);
    if (set < 0) jailer_fail(j, set);
    /* It may have ended before: then nobody holds the other end of the gate. */
    csys_close(beginning.gate);
    if (csys_ppoll(&wait, 1, &at_once) > 0)
        for (;;) csys_exit_group(125);
}

/* The payload's process, until its program runs. It shares its init's memory, but for the stack and the state of the
 * interpreter, of which it has a copy. */
static void begin(void *shared)
{
    struct jailer *j = shared;
    uint64_t none = 0;
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &none, 0);
    if (!j->is_first) end_with_init(j);
    j->step++;
    jailer_run(j, JAILER_STAGE_PAYLOAD);
    /* A plan without EXECUTE has no program to become. */
    j->call = 0;
    jailer_fail(j, -CSYS_ENOEXEC);
}

/* Until the gate's other end is closed: by the exec of the payload's program, or by its end before that. A program's file
 * may let its exec wait (a lease, a file system that does not answer), so this looks for the host meanwhile; what the host
 * wants ended before its start, it kills. An init that is not pid 1 it asks: what that has started would live on without it. */
static void wait_for_program(struct jailer *j, int gate, int signals)
{
    for (;;) {
        struct csys_pollfd wait[3] = {
            {gate, CSYS_POLLIN, 0},
            {jailer_fd_host, CSYS_POLLIN, 0},
            {signals, CSYS_POLLIN, 0}, /* of -1 nothing is ever heard */
        };
        csys_ppoll(wait, 3, 0);
        if (wait[1].revents) {
            if (!j->is_first) jailer_end_all(j);
            for (;;) csys_exit_group(125); /* the kernel takes the jail with its pid 1 */
        }
        if (wait[2].revents) {
            struct csys_signalfd_siginfo info[8];
            csys_read(signals, info, sizeof info);
            /* The order stands: whether it came before the program or after, is seen when the gate is closed. */
            const uint64_t orders = __atomic_load_n(&j->report->orders, __ATOMIC_ACQUIRE);
            if (orders >> (CSYS_SIGKILL - 1) & 1) csys_kill(j->payload, CSYS_SIGKILL);
        }
        if (wait[0].revents) return;
    }
}

/* An init lives as long as its jail, of which there may be thousands: what it needs no more, it does not keep. (Where pages are
 * larger than these the kernel refuses, and nothing is lost but that.) */
static void give_back(const struct jailer *j)
{
    const uint64_t page = 4096, here = (uint64_t)__builtin_frame_address(0) - 2048;
    csys_madvise(&beginning, sizeof beginning, CSYS_MADV_DONTNEED);
    /* Its own writes, which nobody reads again; what is left to read comes back from the memfd. */
    csys_madvise(j->arena, j->size, CSYS_MADV_DONTNEED);
    /* The stack that deeper calls used. */
    csys_madvise((void *)((here & ~(page - 1)) - 16 * page), 16 * page, CSYS_MADV_DONTNEED);
}

/* CLONE_VM: no page table is copied only to be thrown away. But after unshare(CLONE_NEWTIME) a clone that shares memory
 * fails before Linux 6.2 (EINVAL), so then it copies. */
long op_start_payload(struct jailer *j, jailer_op op)
{
    struct jailer *payload = &beginning.state;
    struct csys_clone_args args = {
        .flags = CSYS_CLONE_VM,
        .exit_signal = CSYS_SIGCHLD,
        .stack = (uint64_t)beginning.stack,
        .stack_size = sizeof beginning.stack,
    };
    int32_t gate[2], pidfd = -1;
    long signals = -1;
    jailer_require_host();
    j->is_first = csys_getpid() == 1; /* which its filter would not let it ask */
    if (!j->is_first) {
        uint64_t all = ~0ull;
        signals = CALL(j, signalfd4, -1, &all, CSYS_O_CLOEXEC | CSYS_O_NONBLOCK);
        if (signals < 0) return signals;
        args.flags |= CSYS_CLONE_PIDFD;
        args.pidfd = (uint64_t)&pidfd;
    }
    TRY(j, pipe2, gate, CSYS_O_CLOEXEC);
    *payload = *j;
    payload->gate = gate[1];
    beginning.gate = gate[0];
    j->call = CSYS_NR_clone3;
    long pid = csys_clone_onto(&args, begin, payload);
    if (pid == -CSYS_EINVAL) {
        args.flags &= ~(uint64_t)CSYS_CLONE_VM;
        pid = csys_clone_onto(&args, begin, payload);
    }
    if (pid < 0) return pid;
    csys_close(gate[1]);
    j->payload = (int32_t)pid;
    /* Signals that a payload queues here are counted with those of the namespace's creator, root perhaps. */
    const struct csys_rlimit few = {64, 64};
    long result = CALL(j, prlimit64, 0, CSYS_RLIMIT_SIGPENDING, &few, 0);
    if (!j->is_first) {
        /* So that the host can end it, and reap it if it must, whatever becomes of this process. */
        if (result >= 0) result = jailer_send(j, JAILER_MESSAGE_PAYLOAD, j->payload, pidfd);
        csys_close(pidfd);
        if (result < 0) jailer_end_all(j);
    }
    if (result < 0) return result;
    wait_for_program(j, gate[0], (int)signals);
    csys_close(gate[0]);
    if (signals >= 0) csys_close((int)signals);

    note_end_of_setup(j);
    if (j->report->state == JAILER_STATE_FAILED) {
        if (!j->is_first) jailer_end_payload(j);
        jailer_send(j, JAILER_MESSAGE_FAILED, 0, -1);
        for (;;) csys_exit_group(125);
    }
    j->several_ids = op->operand[1] != 0;
    j->step++;
    give_back(j);
    jailer_run(j, JAILER_STAGE_INIT);
    jailer_init(j, (unsigned)op->operand[0]);
}

long op_new_session(struct jailer *j, jailer_op op)
{
    (void)op;
    return CALL(j, setsid);
}

long op_take_terminal(struct jailer *j, jailer_op op)
{
    return CALL(j, ioctl, jailer_slot(j, op->operand[0]), CSYS_TIOCSCTTY, 0);
}

struct installed {
    uint32_t slot, number;
};

/* Afterwards the process has these descriptors and no other (CVE-2024-21626). */
long op_install_descriptors(struct jailer *j, jailer_op op)
{
    const struct installed *pair = (const struct installed *)(void *)jailer_bytes(j, op->operand[0]);
    const uint64_t count = op->operand[1] / sizeof *pair;
    if (!count || op->operand[1] % sizeof *pair || op->operand[0] % 4) return -CSYS_EINVAL;
    const uint32_t last = pair[count - 1].number;
    if (last >= 1u << 20) return -CSYS_EINVAL;

    /* Out of the way first: a source may stand where another goes. Their numbers replace the slots'. */
    int32_t moved[jailer_most_slots];
    if (count > jailer_most_slots) return -CSYS_E2BIG;
    const long gate = CALL(j, fcntl, j->gate, CSYS_F_DUPFD_CLOEXEC, (long)last + 1);
    if (gate < 0) return gate;
    for (uint64_t i = 0; i < count; i++) {
        if (i && pair[i].number <= pair[i - 1].number) return -CSYS_EINVAL;
        long fd = CALL(j, fcntl, jailer_slot(j, pair[i].slot), CSYS_F_DUPFD_CLOEXEC, (long)last + 1);
        if (fd < 0) return fd;
        moved[i] = (int32_t)fd;
    }
    uint32_t free = 0;
    for (uint64_t i = 0; i < count; i++) {
        TRY(j, dup3, moved[i], (int)pair[i].number, 0);
        if (free < pair[i].number) TRY(j, close_range, free, pair[i].number - 1, 0);
        free = pair[i].number + 1;
    }
    /* But for the gate, which exec closes. */
    if (free < gate) TRY(j, close_range, free, (unsigned)gate - 1, 0);
    return CALL(j, close_range, (unsigned)gate + 1, ~0u, 0);
}

/* In the launcher, with the host's rights: CAP_SYS_RESOURCE of a namespace below raises nothing. */
static long raise_hard_limit(struct jailer *j, jailer_op op)
{
    struct csys_rlimit limit;
    TRY(j, prlimit64, 0, (int)op->operand[0], 0, &limit);
    if (limit.rlim_max >= op->operand[2]) return 0;
    limit.rlim_max = op->operand[2];
    return CALL(j, prlimit64, 0, (int)op->operand[0], &limit, 0);
}

long op_set_resource_limit(struct jailer *j, jailer_op op)
{
    struct csys_rlimit limit = {op->operand[1], op->operand[2]};
    if (op->operand[3] & JAILER_LIMIT_RAISE) return raise_hard_limit(j, op);
    const int kind = (int)op->operand[0];
    if (kind == CSYS_RLIMIT_NOFILE) j->open_files = 0;
    long result = CALL(j, prlimit64, 0, kind, &limit, 0);
    /* Above the hard limit in force. */
    if (result != -CSYS_EPERM || !(op->operand[3] & JAILER_LIMIT_LOWER)) return result;
    struct csys_rlimit now;
    TRY(j, prlimit64, 0, kind, 0, &now);
    if (limit.rlim_max > now.rlim_max) limit.rlim_max = now.rlim_max;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    return CALL(j, prlimit64, 0, kind, &limit, 0);
}

long op_set_umask(struct jailer *j, jailer_op op)
{
    CALL(j, umask, (unsigned)op->operand[0]);
    return 0;
}

/* Turns a vector of offsets into one of pointers, where it lies: the arena is this process's own copy. */
static const uint64_t *pointers(struct jailer *j, uint64_t offset)
{
    uint64_t *at = jailer_vector(j, offset);
    for (uint64_t *p = at; *p; p++) *p += (uint64_t)j->arena;
    return at;
}

/* Why the kernel would not run it, for the hint; the errno stays what execve gave. */
static void explain(struct jailer *j, const char *path, long error)
{
    struct jailer_report *report = j->report;
    struct csys_statx status;
    if (csys_statx(CSYS_AT_FDCWD, path, 0, CSYS_STATX_TYPE, &status) < 0) return;
    const unsigned type = status.stx_mode & CSYS_S_IFMT;
    if (type == CSYS_S_IFDIR) report->detail = JAILER_DETAIL_IS_DIRECTORY;
    else if (type != CSYS_S_IFREG) report->detail = JAILER_DETAIL_NOT_REGULAR;
    else if (error == -CSYS_ENOENT || error == -CSYS_ENOEXEC) {
        if (error == -CSYS_ENOENT) report->detail = JAILER_DETAIL_NO_INTERPRETER;
        /* Without waiting: it may be something else by now, or be leased. */
        long fd = csys_openat(CSYS_AT_FDCWD, path, CSYS_O_RDONLY | CSYS_O_CLOEXEC | CSYS_O_NOCTTY | CSYS_O_NONBLOCK, 0);
        if (fd < 0) return;
        csys_read((int)fd, report->head, sizeof report->head);
        csys_close((int)fd);
    }
}

/* As execvp(3) searches: a missing candidate gives way to the next, one that may not be run is remembered. */
long op_execute(struct jailer *j, jailer_op op)
{
    const uint64_t *candidate = pointers(j, op->operand[0]);
    const uint64_t *arguments = pointers(j, op->operand[1]), *environment = pointers(j, op->operand[2]);
    long error = -CSYS_ENOENT;
    if (j->open_files) {
        struct csys_rlimit limit;
        TRY(j, prlimit64, 0, CSYS_RLIMIT_NOFILE, 0, &limit);
        limit.rlim_cur = j->open_files;
        TRY(j, prlimit64, 0, CSYS_RLIMIT_NOFILE, &limit, 0);
    }
    for (; *candidate; candidate++) {
        const char *path = (const char *)*candidate;
        long result = CALL(j, execve, path, arguments, environment);
        if (error != -CSYS_EACCES || (result != -CSYS_ENOENT && result != -CSYS_ENOTDIR)) {
            error = result;
            explain(j, path, result);
            j->call = CSYS_NR_execve;
        }
        if (j->report->detail == JAILER_DETAIL_NO_INTERPRETER) break;
        if (result != -CSYS_ENOENT && result != -CSYS_ENOTDIR && result != -CSYS_EACCES) break;
    }
    return error;
}

#include "uninstrumented_end.h"
