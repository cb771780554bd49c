/* The plan, step by step: what is the process's once, what is a thread's on each of them at the same time. */
#include "session.h"

char jailer_scope(uint16_t code)
{
    switch (code) {
#define SCOPE(number, name, operands, stages, scope) \
    case number: return scope;
        JAILER_OPERATIONS(SCOPE)
#undef SCOPE
    default: return 'p';
    }
}

/* One unshares, the others join: each on its own would get another one. */
static long perform(struct session *s, struct jailer *j, const struct jailer_operation *op)
{
    if (j == s->own || op->code != JAILER_OP_UNSHARE) return jailer_perform(j, op);
    for (unsigned i = 0; i < jailer_namespace_count; i++) {
        char path[32];
        if (!(op->operand[0] & jailer_namespace[i].flag)) continue;
        jailer_path(path, s->tid, jailer_namespace[i].name);
        const long fd = CALL(j, openat, j->inspected, path, CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0);
        if (fd < 0) return fd;
        const long joined = CALL(j, setns, (int)fd, (int)jailer_namespace[i].flag);
        csys_close((int)fd);
        if (joined < 0) return joined;
    }
    return 0;
}

/* What a program begins with: no handler, nothing ignored, nothing blocked; and it gets the descriptors that are kept. Before the
 * filter, which need not allow any of it. */
static void make_way(struct session *s, uint32_t at)
{
    const struct csys_sigaction standard = {0, 0, 0, 0};
    const uint64_t none = 0;
    for (int signal = 1; signal <= 64; signal++) csys_rt_sigaction(signal, &standard, 0);
    for (uint32_t step = 0; step < s->own->header->operation_count; step++) {
        const struct jailer_operation *op = &s->own->operation[step];
        if (op->code != JAILER_OP_KEEP_DESCRIPTORS) continue;
        const uint32_t *kept = (const uint32_t *)(void *)jailer_bytes(s->own, op->operand[0]);
        for (uint64_t i = 0; i < op->operand[1] / 4; i++) {
            const long n = csys_fcntl((int)kept[i], CSYS_F_SETFD, 0);
            /* One of the standard streams may be closed. */
            if (n < 0 && n != -CSYS_EBADF) jailer_die(s, s->tid, at, CSYS_NR_fcntl, n, 0);
        }
    }
    const long n = csys_rt_sigprocmask(CSYS_SIG_SETMASK, &none, 0);
    if (n < 0) jailer_die(s, s->tid, at, CSYS_NR_rt_sigprocmask, n, 0);
}

void jailer_perform_here(struct session *s, struct jailer *j, struct task *task)
{
    const struct jailer *own = s->own;
    if (j != own) {
        j->arena = own->arena;
        j->size = own->size;
        j->header = own->header;
        j->operation = own->operation;
        j->report = own->report;
        j->inspected = own->inspected;
        j->stage = JAILER_STAGE_ENTER;
    }
    for (uint32_t step = s->from; step < s->to; step++) {
        j->step = step;
        j->call = j->begun = 0;
        const long result = perform(s, j, &own->operation[step]);
        if (result < 0) {
            task->error = (int32_t)result;
            task->call = j->call;
            task->step = step;
            if (j == own && j->begun) s->changed = 1;
            break;
        }
        if (j == own) s->changed = 1;
    }
    task->secure_bits = (uint32_t)csys_prctl(CSYS_PR_GET_SECUREBITS, 0, 0, 0, 0);
}

/* Tells them, and waits until each has done it. A thread that stands in the handler can only be killed, and all with it. */
void jailer_command(struct session *s, uint32_t verb)
{
    s->verb = verb;
    __atomic_store_n(&s->done, 0, __ATOMIC_RELEASE);
    __atomic_fetch_add(&s->command, 1, __ATOMIC_ACQ_REL);
    csys_futex_wake(&s->command);
    for (;;) {
        const uint32_t done = __atomic_load_n(&s->done, __ATOMIC_ACQUIRE);
        if (done == s->standing) return;
        csys_futex_wait(&s->done, done, 0);
    }
}

/* Where nothing has been changed yet, it is a refusal. */
static uint32_t fail(struct session *s, const struct task *task)
{
    struct jailer_entrance *e = s->entrance;
    if (s->changed) jailer_die(s, task->tid, task->step, task->call, task->error, 0);
    e->refusal = JAILER_REFUSAL_STEP;
    e->step = task->step;
    e->call = task->call;
    e->error = task->error;
    e->detail = s->own->report->detail;
    return e->refusal;
}

static int ends_looking(const struct jailer_operation *op)
{
    switch (op->code) {
    case JAILER_OP_SET_RESOURCE_LIMIT: return !(op->operand[3] & JAILER_LIMIT_RAISE);
    case JAILER_OP_SYNCHRONIZE_FILTER:
    case JAILER_OP_EXECUTE: return 1;
    default: return 0;
    }
}

uint32_t jailer_apply(struct session *s)
{
    struct jailer *j = s->own;
    const uint32_t count = j->header->operation_count;
    int verified = 0, executes = count && j->operation[count - 1].code == JAILER_OP_EXECUTE;
    for (uint32_t step = 0; step < count; step = s->to) {
        struct task here = {.tid = s->tid};
        const uint16_t code = j->operation[step].code;
        /* Each may take away what looking takes: descriptors that may be opened, and calls. */
        if (!verified && ends_looking(&j->operation[step])) {
            jailer_verify(s, step);
            verified = 1;
        }
        const char scope = jailer_scope(code);
        s->from = step;
        s->to = step + 1;
        while (scope == 't' && s->to < count && jailer_scope(j->operation[s->to].code) == 't') s->to++;
        if (executes && (code == JAILER_OP_SYNCHRONIZE_FILTER || code == JAILER_OP_EXECUTE)) {
            make_way(s, count - 1);
            executes = 0;
        }
        jailer_perform_here(s, j, &here);
        if (here.error) return fail(s, &here);
        if (scope == 't' && s->standing) {
            jailer_command(s, verb_perform);
            for (uint32_t i = 0; i < s->tasks; i++)
                if (s->task[i].state == task_parked && s->task[i].error) return fail(s, &s->task[i]);
        }
        if (code == JAILER_OP_SET_RESOURCE_LIMIT) jailer_verify_limit(s, step);
        if (code == JAILER_OP_SYNCHRONIZE_FILTER) jailer_verify_filter(s, step);
    }
    if (!verified) jailer_verify(s, count);
    return 0;
}

#include "../uninstrumented_end.h"
