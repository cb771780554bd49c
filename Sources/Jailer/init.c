/* Pid 1 of the jail while the payload runs: reaps, forwards the host's signals, tells the payload's end, and takes
 * everything with it when the payload or the host ends. */
#include "interpreter.h"

/* A child that has made this process its tracer (PTRACE_TRACEME) is told of when it stops, too, whoever asks for ends alone. */
static int has_ended(const struct csys_siginfo *child)
{
    return child->code == CSYS_CLD_EXITED || child->code == CSYS_CLD_KILLED || child->code == CSYS_CLD_DUMPED;
}

static void note_end(struct jailer *j, const struct csys_siginfo *ended)
{
    j->report->end_code = ended->code;
    j->report->end_status = ended->status;
    /* Its number is whoever's comes next: nobody kills it any more. */
    j->payload = 0;
}

/* Of who is not pid 1, and whose children nobody else may reap: one of a jail's that is left makes the end of that jail wait for
 * whoever it is left to. But who traces it can keep it from being reaped, and that must not keep this process. */
void jailer_end_payload(struct jailer *j)
{
    const uint64_t limit = jailer_now() + 1000000000u;
    if (j->payload) csys_kill(j->payload, CSYS_SIGKILL);
    while (j->payload) {
        const struct csys_timespec moment = {0, 1000000};
        struct csys_siginfo ended = {0};
        /* Of all: it has no other child, but each thread that had this process trace it has to go before. */
        if (csys_waitid(CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WALL, 0) < 0) return;
        if (ended.pid == j->payload && has_ended(&ended)) note_end(j, &ended);
        else if (ended.pid) continue;
        else if (jailer_now() > limit) return;
        else csys_ppoll(0, 0, &moment);
    }
}

static void kill_all(const struct jailer *j)
{
    if (j->children) jailer_kill_children(j);
    else csys_kill(-1, CSYS_SIGKILL);
}

/* Everything else of the jail goes: kill(-1) spares only the caller, and no fork escapes it. Who is not pid 1 lives in a pid
 * namespace where kill(-1) would reach who knows whom. Either all that its program started comes to it, one after the other as
 * their parents go; or its program is in a jail that lives on: then it ends what it made, and waits for nothing else. */
void jailer_end_all(struct jailer *j)
{
    struct csys_siginfo ended;
    if (!j->is_first && !j->children) {
        jailer_end_payload(j);
        return;
    }
    /* A look at every task of the machine: only where something is left. Whoever is in the jail is a child of its pid 1, or of
     * one that is, and none is born while there is none. */
    if (csys_waitid(CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WNOWAIT | CSYS_WALL, 0) == -CSYS_ECHILD) return;
    kill_all(j);
    /* Where there are several ids it has CAP_KILL for them. Should something forbid it all the same, then the kernel kills them
     * when this process ends, soon. Where the processes are the host's, one of those may trace a child, which then is dead, but not
     * this one's to reap: that waits longer, and not for ever. */
    const uint64_t limit = jailer_now() + (j->children ? 30000000000u : 2000000000u);
    const int options = CSYS_WEXITED | CSYS_WALL | (j->several_ids || j->children ? CSYS_WNOHANG : 0);
    for (;;) {
        ended.pid = 0;
        if (csys_waitid(CSYS_P_ALL, 0, &ended, options, 0) < 0) return;
        if (!ended.pid) {
            const struct csys_timespec moment = {0, 1000000};
            if (jailer_now() > limit) return;
            csys_ppoll(0, 0, &moment);
            if (j->children) kill_all(j);
        } else if (!has_ended(&ended)) {
            continue;
        } else if (ended.pid == j->payload) {
            note_end(j, &ended);
        } else {
            j->report->orphans++;
        }
    }
}

__attribute__((noreturn)) static void finish(struct jailer *j, enum jailer_end why)
{
    struct jailer_report *report = j->report;
    struct csys_rusage usage;
    const uint64_t ended = jailer_now();
    jailer_end_all(j);
    csys_getrusage(CSYS_RUSAGE_CHILDREN, &usage);
    report->ended = ended;
    report->user_ns = (uint64_t)usage.ru_utime.tv_sec * 1000000000u + (uint64_t)usage.ru_utime.tv_usec * 1000u;
    report->system_ns = (uint64_t)usage.ru_stime.tv_sec * 1000000000u + (uint64_t)usage.ru_stime.tv_usec * 1000u;
    report->max_resident_kib = (uint64_t)usage.ru_maxrss;
    report->minor_faults = (uint64_t)usage.ru_minflt;
    report->major_faults = (uint64_t)usage.ru_majflt;
    report->voluntary_switches = (uint64_t)usage.ru_nvcsw;
    report->involuntary_switches = (uint64_t)usage.ru_nivcsw;
    report->ended_by = why;
    /* Of a payload that is left nobody knows how it ended: it is the host's to see to. */
    if (!j->payload) report->state = JAILER_STATE_ENDED;
    for (;;) csys_exit_group(0);
}

/* Reaps what has ended, but no more than so many at once: a payload that makes orphans as fast as they are reaped must not
 * keep its init from looking at the host. Does not come back when the payload is among it. Gives whether more may be there. */
static int reap(struct jailer *j)
{
    struct csys_siginfo ended;
    for (unsigned i = 0; i < 64; i++) {
        ended.pid = 0;
        if (csys_waitid(CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WALL, 0) < 0 || !ended.pid) return 0;
        if (!has_ended(&ended)) continue;
        if (ended.pid == j->payload) {
            note_end(j, &ended);
            finish(j, JAILER_END_PAYLOAD);
        }
        j->report->orphans++;
    }
    return 1;
}

/* A signal is no more than a reason to look: what it carries, the payload may have written. */
static void take_orders(struct jailer *j)
{
    const uint64_t orders = __atomic_exchange_n(&j->report->orders, 0, __ATOMIC_ACQ_REL);
    if (orders >> (CSYS_SIGKILL - 1) & 1) finish(j, JAILER_END_ASKED);
    for (int signal = 1; signal <= 64; signal++)
        if (orders >> (signal - 1) & 1) csys_kill(j->payload, signal);
}

void jailer_init(struct jailer *j, unsigned kept)
{
    uint64_t all = ~0ull;
    long signals = csys_signalfd4(-1, &all, CSYS_O_CLOEXEC | CSYS_O_NONBLOCK);
    /* Without it the jail could be neither watched nor ended; and a host that cannot be told that the payload runs would
     * not know that there is something to end. */
    if (signals < 0 || jailer_send(j, JAILER_MESSAGE_STARTED, j->payload, -1) < 0) finish(j, JAILER_END_ASKED);

    /* The host's pidfd stays, and the first slots that the plan keeps (the claim on its uid): nothing of the host, and
     * no end of a pipe that someone waits on. */
    const unsigned first = jailer_first_slot + kept;
    csys_close(jailer_fd_control);
    if (!j->children) csys_close(jailer_fd_arena);
    if (signals >= (long)first) {
        if (signals > (long)first) csys_close_range(first, (unsigned)signals - 1, 0);
        csys_close_range((unsigned)signals + 1, ~0u, 0);
    } else {
        csys_close_range(first, ~0u, 0);
    }

    /* What woke it while the program was on its way may have been taken then. */
    int more = !j->is_first;
    for (;;) {
        struct csys_pollfd wait[2] = {
            {(int)signals, CSYS_POLLIN, 0},
            {jailer_fd_host, CSYS_POLLIN, 0},
        };
        const struct csys_timespec at_once = {0, 0};
        csys_ppoll(wait, 2, more ? &at_once : 0);
        if (wait[1].revents) {
            if (!j->is_first) jailer_end_all(j);
            for (;;) csys_exit_group(0); /* the kernel takes the jail with its pid 1 */
        }
        /* The pending ones first, and then what they may be about: in the other order one could be missed. */
        struct csys_signalfd_siginfo info[8];
        if (wait[0].revents) csys_read((int)signals, info, sizeof info);
        take_orders(j);
        more = reap(j);
    }
}

#include "uninstrumented_end.h"
