/* Pid 1 of the jail while the payload runs: reaps, forwards the host's signals, tells the payload's end, and takes
 * everything with it when the payload or the host ends. */
#include "interpreter.h"

/* Everything else of the jail goes: kill(-1) spares only the caller, and no fork escapes it. */
static void end_all(struct jailer *j)
{
    struct csys_siginfo ended;
    csys_kill(-1, CSYS_SIGKILL);
    while (csys_waitid(CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WALL, 0) == 0) {
        if (ended.pid == j->payload) {
            j->report->end_code = ended.code;
            j->report->end_status = ended.status;
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
    end_all(j);
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
    report->state = JAILER_STATE_ENDED;
    for (;;) csys_exit_group(0);
}

/* Reaps what has ended. Does not come back when the payload is among it. */
static void reap(struct jailer *j)
{
    struct csys_siginfo ended;
    for (;;) {
        ended.pid = 0;
        if (csys_waitid(CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WALL, 0) < 0 || !ended.pid) return;
        if (ended.pid == j->payload) {
            j->report->end_code = ended.code;
            j->report->end_status = ended.status;
            finish(j, JAILER_END_PAYLOAD);
        }
        j->report->orphans++;
    }
}

/* Only what comes from outside the jail's pid namespace counts: its sender has no number here, and the kernel lets
 * nobody forge SI_USER. (A payload that exhausts its queue of signals can make one of its own look so: it gains what
 * kill(2) gives it, or its own end.) */
static void take_signals(struct jailer *j, int signals)
{
    struct csys_signalfd_siginfo info[8];
    long n;
    while ((n = csys_read(signals, info, sizeof info)) > 0) {
        for (unsigned i = 0; i < (unsigned long)n / sizeof *info; i++) {
            if (info[i].ssi_signo == CSYS_SIGCHLD || info[i].ssi_pid || info[i].ssi_code != CSYS_SI_USER) continue;
            if (info[i].ssi_signo == JAILER_SIGNAL_END) finish(j, JAILER_END_ASKED);
            csys_kill(j->payload, (int)info[i].ssi_signo);
        }
    }
}

void jailer_init(struct jailer *j, unsigned kept)
{
    /* The host's pidfd stays, and the first slots that the plan keeps (the claim on its uid): nothing of the host, and
     * no end of a pipe that someone waits on. */
    const unsigned first = jailer_first_slot + kept;
    jailer_send(j, JAILER_MESSAGE_STARTED, j->payload, -1);
    csys_close(jailer_fd_control);
    csys_close(jailer_fd_arena);
    csys_close_range(first, ~0u, 0);

    uint64_t all = ~0ull;
    long signals = csys_signalfd4(-1, &all, CSYS_O_CLOEXEC | CSYS_O_NONBLOCK);
    /* Without it the jail could be neither watched nor ended. */
    if (signals < 0) finish(j, JAILER_END_ASKED);

    for (;;) {
        struct csys_pollfd wait[2] = {
            {(int)signals, CSYS_POLLIN, 0},
            {jailer_fd_host, CSYS_POLLIN, 0},
        };
        /* Before the wait: what ended while the mask was being set up has been signalled already. */
        reap(j);
        csys_ppoll(wait, 2, 0);
        if (wait[1].revents)
            for (;;) csys_exit_group(0); /* the kernel takes the jail with its pid 1 */
        if (wait[0].revents) take_signals(j, (int)signals);
    }
}
