/* The signal by which a thread is asked to stand still. It is the one that the C library keeps for itself: nothing else is left
 * unblocked by glibc's timer threads and by a sigfillset(3) of anyone's. Its own handler is put back when all have answered. */
#include "session.h"

struct session jailer_session;

/* A word that no other user of the signal sends. */
static const uint64_t magic = 0x6a61696c00000000ull;

static void stand(struct session *s, uint32_t index)
{
    /* What was queued by someone else may name any. */
    if (!s->task || index >= most_threads || s->task[index].tid != (int32_t)csys_gettid()) return;
    struct task *task = &s->task[index];
    uint32_t expected = task_asked;
    jailer_look_here(task);
    /* Whoever asked may have given up. */
    if (!__atomic_compare_exchange_n(&task->state, &expected, task_parked, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return;
    uint32_t seen = 0;
    __atomic_fetch_add(&s->parked, 1, __ATOMIC_ACQ_REL);
    csys_futex_wake(&s->parked);
    for (;;) {
        uint32_t now;
        while ((now = __atomic_load_n(&s->command, __ATOMIC_ACQUIRE)) == seen) csys_futex_wait(&s->command, seen, 0);
        seen = now;
        const uint32_t verb = s->verb;
        if (verb == verb_perform) jailer_perform_here(s, &s->context[index], task);
        __atomic_fetch_add(&s->done, 1, __ATOMIC_ACQ_REL);
        csys_futex_wake(&s->done);
        if (verb == verb_release) return;
    }
}

/* Every signal is blocked in it: a handler of the program's would run while others stand still with its locks. */
static void handle(int signal, struct csys_queued *info, void *context)
{
    struct session *s = &jailer_session;
    if (info->code == CSYS_SI_QUEUE && info->pid == s->pid && (info->value & 0xffffffff00000000ull) == magic) {
        const uint32_t generation = (uint32_t)info->value >> 16, index = (uint32_t)info->value & 0xffff;
        if (generation == (__atomic_load_n(&s->generation, __ATOMIC_ACQUIRE) & 0xffff)) stand(s, index);
        return;
    }
    const uint64_t other = s->saved.handler;
    if (other == 1) return; /* SIG_IGN */
    if (other == 0) {
        /* What would have ended the process still does. */
        csys_rt_sigaction(signal, &s->saved, 0);
        csys_kill((int)csys_getpid(), signal); /* a child's, where it was forked meanwhile */
        return;
    }
    ((void (*)(int, struct csys_queued *, void *))other)(signal, info, context);
}

#if defined(__x86_64__)
__asm__(".text\n.hidden jailer_restorer\n.globl jailer_restorer\n.type jailer_restorer,@function\n"
        "jailer_restorer:\n\tmov $15, %eax\n\tsyscall\n");
#else
__asm__(".text\n.hidden jailer_restorer\n.globl jailer_restorer\n.type jailer_restorer,@function\n"
        "jailer_restorer:\n\tmov x8, #139\n\tsvc 0\n");
#endif
extern void jailer_restorer(void);

long jailer_take_signal(struct session *s)
{
    const struct csys_sigaction ours = {
        .handler = (uint64_t)handle,
        .flags = CSYS_SA_SIGINFO | CSYS_SA_RESTORER | CSYS_SA_RESTART,
        .restorer = (uint64_t)jailer_restorer,
        .mask = ~0ull,
    };
    struct csys_sigaction before;
    const long result = csys_rt_sigaction(s->entrance->signal, &ours, &before);
    if (result < 0) return result;
    /* One of ours that had to stay. */
    if (before.handler != ours.handler) s->saved = before;
    return 0;
}

long jailer_give_signal_back(struct session *s)
{
    return s->handler_stays ? 0 : csys_rt_sigaction(s->entrance->signal, &s->saved, 0);
}

long jailer_ask(struct session *s, uint32_t index)
{
    const struct csys_queued info = {
        .signal = s->entrance->signal,
        .code = CSYS_SI_QUEUE,
        .pid = s->pid,
        .value = magic | (uint64_t)(s->generation & 0xffff) << 16 | index,
    };
    return csys_rt_tgsigqueueinfo(s->pid, s->task[index].tid, s->entrance->signal, &info);
}

#include "../uninstrumented_end.h"
