/* Every other thread of the process is made to stand still, with nothing changed, until no new one appears: a thread that
 * stands still makes none. */
#include "session.h"

enum {
    io_worker = 0x10,     /* PF_IO_WORKER: io_uring's, Linux 5.12 */
    user_worker = 0x4000, /* PF_USER_WORKER: io_uring's and vhost's, Linux 6.4 */
    status_most = 262144, /* a line of 65,536 groups is the longest part */
    most_patience = 15,   /* times that of one thread: for all */
};

struct round {
    struct session *s;
    uint32_t seen;    /* threads that are listed: the process's own count is held against it */
    uint32_t asked;   /* for the first time, in this round */
    uint32_t waiting; /* that block the signal for now */
    int32_t blocking; /* one of them */
    uint32_t refusal; /* what it is where they still do when patience ends */
};

static struct task *known(struct session *s, int32_t tid)
{
    for (uint32_t i = 0; i < s->tasks; i++)
        if (s->task[i].tid == tid && __atomic_load_n(&s->task[i].state, __ATOMIC_ACQUIRE) != task_gone) return &s->task[i];
    return 0;
}

/* The state, and the kernel's flags, which stand six fields after it: the name before them may contain anything. */
static int look(const char *stat, char *state, uint64_t *flags)
{
    const char *at = stat, *end = 0;
    for (; *at; at++)
        if (*at == ')') end = at;
    if (!end || !end[1]) return 0;
    at = end + 2;
    *state = *at++;
    for (unsigned field = 4; field < 9; field++) {
        while (*at == ' ') at++;
        while (*at && *at != ' ') at++;
    }
    return jailer_number(&at, 10, flags);
}

static long refuse(struct session *s, uint32_t refusal, int32_t tid, long error)
{
    s->entrance->refusal = refusal;
    s->entrance->thread = tid;
    s->entrance->error = (int32_t)error;
    return 1;
}

static long meet(void *with, int32_t tid)
{
    static char text[status_most];
    struct round *round = with;
    struct session *s = round->s;
    if (tid == s->tid || known(s, tid)) {
        round->seen++;
        return 0;
    }
    char state;
    uint64_t flags, blocked;
    long n = jailer_read_file(s, tid, "stat", text, sizeof text);
    if (n == -CSYS_ENOENT || n == -CSYS_ESRCH) return 0;
    if (n < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, tid, n);
    if (!look(text, &state, &flags)) return refuse(s, JAILER_REFUSAL_FOREIGN_PROC, tid, -CSYS_EPROTO);
    round->seen++;
    /* It has ended, and never runs again: a first thread that did so before the others. */
    if (state == 'Z' || state == 'X') return 0;
    if (flags & (io_worker | user_worker)) return refuse(s, JAILER_REFUSAL_KERNEL_THREAD, tid, 0);

    if (s->entrance->options & JAILER_ENTER_ALONE) return refuse(s, JAILER_REFUSAL_THREADED, tid, 0);
    n = jailer_read_file(s, tid, "status", text, sizeof text);
    if (n == -CSYS_ENOENT || n == -CSYS_ESRCH) return 0;
    if (n < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, tid, n);
    const char *line = jailer_field(text, "SigBlk");
    if (!line || !jailer_number(&line, 16, &blocked)) return refuse(s, JAILER_REFUSAL_FOREIGN_PROC, tid, -CSYS_EPROTO);
    if (blocked >> (s->entrance->signal - 1) & 1) {
        /* For a moment, as each does at its birth; or for ever. */
        round->waiting++;
        round->blocking = tid;
        round->refusal = JAILER_REFUSAL_MASKED;
        return 0;
    }
    if (s->tasks == most_threads) return refuse(s, JAILER_REFUSAL_TOO_MANY, tid, 0);
    s->task[s->tasks] = (struct task){.tid = tid, .state = task_asked};
    const long asked = jailer_ask(s, s->tasks);
    if (asked == -CSYS_ESRCH) return 0;
    if (asked == -CSYS_EAGAIN) { /* the user's queue of signals is full for now */
        round->waiting++;
        round->blocking = tid;
        round->refusal = JAILER_REFUSAL_QUEUE;
        return 0;
    }
    if (asked < 0) return refuse(s, JAILER_REFUSAL_SIGNAL, tid, asked);
    s->tasks++;
    round->asked++;
    return 0;
}

/* Whoever was asked and has ended meanwhile does not answer. */
static uint32_t outstanding(struct session *s, int32_t *one)
{
    static char text[1024];
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->tasks; i++) {
        struct task *task = &s->task[i];
        if (__atomic_load_n(&task->state, __ATOMIC_ACQUIRE) != task_asked) continue;
        char state = 0;
        uint64_t flags;
        const long n = jailer_read_file(s, task->tid, "stat", text, sizeof text);
        const int ended = n == -CSYS_ENOENT || n == -CSYS_ESRCH ||
                          (n > 0 && look(text, &state, &flags) && (state == 'Z' || state == 'X'));
        uint32_t expected = task_asked;
        if (ended && __atomic_compare_exchange_n(&task->state, &expected, task_gone, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue;
        if (!ended) *one = task->tid;
        count++;
    }
    return count;
}

static uint32_t answered(struct session *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->tasks; i++) count += __atomic_load_n(&s->task[i].state, __ATOMIC_ACQUIRE) != task_asked;
    return count;
}

/* Patience begins anew with each that answers, or a busy machine with many threads would be too slow; but not for ever. */
static uint64_t patience_until(const struct session *s, uint64_t last)
{
    const uint64_t deadline = jailer_now() + (uint64_t)s->entrance->patience * 1000000u;
    return deadline < last ? deadline : last;
}

/* Until everyone who was asked stands still or has ended. */
static long wait_for_all(struct session *s, uint64_t last)
{
    const struct csys_timespec moment = {0, 5000000};
    uint64_t deadline = patience_until(s, last);
    uint32_t before = 0;
    for (;;) {
        const uint32_t parked = __atomic_load_n(&s->parked, __ATOMIC_ACQUIRE);
        const uint32_t count = answered(s);
        if (count == s->tasks) return 0;
        if (count != before) deadline = patience_until(s, last);
        before = count;
        if (csys_futex_wait(&s->parked, parked, &moment) != -CSYS_ETIMEDOUT) continue;
        int32_t silent = 0;
        if (!outstanding(s, &silent)) return 0;
        if (jailer_now() > deadline) return refuse(s, JAILER_REFUSAL_SILENT, silent, 0);
    }
}

static uint64_t thread_count(struct session *s)
{
    static char text[status_most];
    uint64_t count = 0;
    if (jailer_read_file(s, s->tid, "status", text, sizeof text) < 0) return 0;
    const char *line = jailer_field(text, "Threads");
    return line && jailer_number(&line, 10, &count) ? count : 0;
}

static long gather(struct session *s)
{
    const struct csys_timespec moment = {0, 200000};
    const uint64_t last = jailer_now() + (uint64_t)s->entrance->patience * most_patience * 1000000u;
    uint64_t deadline = patience_until(s, last);
    uint32_t nothing = 0;
    for (;;) {
        struct round round = {.s = s};
        const long listed = jailer_each_number(s->own->inspected, meet, &round);
        if (listed > 0) return listed;
        if (listed < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, 0, listed);
        const long waited = wait_for_all(s, last);
        if (waited) return waited;
        if (round.asked) deadline = patience_until(s, last);
        /* The kernel's own count: a listing that a thread's end has disturbed may have missed one. */
        if (!round.asked && !round.waiting && round.seen == thread_count(s)) return 0;
        if (round.waiting) csys_futex_wait(&nothing, 0, &moment);
        if (jailer_now() > deadline)
            return refuse(s, round.waiting ? round.refusal : JAILER_REFUSAL_SILENT, round.blocking, 0);
    }
}

uint32_t jailer_gather(struct session *s)
{
    if (gather(s)) {
        /* Whoever has not answered yet never will: its late signal finds another generation. */
        for (uint32_t i = 0; i < s->tasks; i++) {
            uint32_t expected = task_asked;
            if (__atomic_compare_exchange_n(&s->task[i].state, &expected, task_gone, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
                s->handler_stays = 1;
        }
    }
    for (uint32_t i = 0; i < s->tasks; i++) s->standing += s->task[i].state == task_parked;
    return s->entrance->refusal;
}

#include "../uninstrumented_end.h"
