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
        j->call = 0;
        const long result = jailer_perform(j, &own->operation[step]);
        if (result < 0) {
            task->error = (int32_t)result;
            task->call = j->call;
            task->step = step;
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
    int verified = 0;
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
