/* The jailer's interpreter with arbitrary arenas, and with a kernel that answers whatever the fuzzer says: under ASan and UBSan
 * it must touch nothing outside of its arena, its report and its own memory, and come to an end.
 *
 * An input is: the arena's size (4 bytes), the arena, and the answers. Magic, version and size of the header are put right, or
 * nearly nothing would get past the first check. */
#define CSYS_IMITATED 1
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "interpreter.h"

static jmp_buf out;
static const uint8_t *answer, *answers_end;
static unsigned calls;
static uint64_t now;
/* What the jailer says that it is now, and looks at: mostly it is. */
static uint32_t user, group, groups[338], group_count;
static struct csys_cap_data capabilities[2];
static const struct csys_statx no_file;

enum { most_calls = 20000 };

static uint8_t next(void)
{
    return answer < answers_end ? *answer++ : 0;
}

static void fill(void *to, uint64_t n)
{
    uint8_t *bytes = to;
    for (uint64_t i = 0; i < n; i++) bytes[i] = next();
}

static void answer_message(struct csys_msghdr *message)
{
    const struct csys_iovec *part = (const struct csys_iovec *)message->iov;
    fill((void *)part->base, part->length);
    const uint64_t room = message->control_length;
    if (!room) return;
    fill((void *)message->control, room);
    /* The kernel's own words about how much there is are never beyond the room. */
    message->control_length = next() * 4u;
    if (message->control_length > room) message->control_length = room;
    struct csys_cmsg_fds *control = (struct csys_cmsg_fds *)message->control;
    if (message->control_length >= 16) control->length = message->control_length;
    message->flags = next();
}

static long answer_read(void *to, uint64_t room)
{
    uint64_t n = next() * 64u;
    if (n > room) n = room;
    fill(to, n);
    return (long)n;
}

long csys_call(long number, long a, long b, long c, long d, long e, long f)
{
    (void)f;
    if (number == CSYS_NR_exit_group || ++calls > most_calls) longjmp(out, 1);
    const uint8_t kind = next();
    /* One answer in four is a failure. */
    if (kind >= 192 && number != CSYS_NR_clock_gettime) return -(long)(kind - 191);
    switch (number) {
    case CSYS_NR_clock_gettime:
        now += 1000000;
        *(struct csys_timespec *)b = (struct csys_timespec){(int64_t)(now / 1000000000u), (int64_t)(now % 1000000000u)};
        return 0;
    case CSYS_NR_read: return answer_read((void *)b, (uint64_t)c);
    case CSYS_NR_pread64: return answer_read((void *)b, (uint64_t)c);
    case CSYS_NR_write: return c;
    case CSYS_NR_recvmsg:
        answer_message((struct csys_msghdr *)b);
        return (long)((const struct csys_iovec *)((const struct csys_msghdr *)b)->iov)->length;
    case CSYS_NR_statx:
        *(struct csys_statx *)e = no_file;
        if (kind & 1) fill((void *)e, sizeof(struct csys_statx));
        return 0;
    case CSYS_NR_setresuid: user = (uint32_t)a; return 0;
    case CSYS_NR_setresgid: group = (uint32_t)a; return 0;
    case CSYS_NR_setgroups:
        if ((uint64_t)a > sizeof groups / sizeof *groups) return -CSYS_EINVAL;
        group_count = (uint32_t)a;
        if (group_count) memcpy(groups, (const void *)b, group_count * sizeof *groups);
        return 0;
    case CSYS_NR_getresuid:
    case CSYS_NR_getresgid: {
        const uint32_t id = number == CSYS_NR_getresuid ? user : group;
        *(uint32_t *)a = *(uint32_t *)b = id;
        *(uint32_t *)c = kind & 1 ? next() : id;
        return 0;
    }
    case CSYS_NR_getgroups:
        if (a && group_count) memcpy((void *)b, groups, group_count * sizeof *groups);
        return group_count;
    case CSYS_NR_capset: memcpy(capabilities, (const void *)b, sizeof capabilities); return 0;
    case CSYS_NR_capget: memcpy((void *)b, capabilities, sizeof capabilities); return 0;
    case CSYS_NR_fstatfs:
        fill((void *)b, sizeof(struct csys_statfs));
        if (kind & 1) ((struct csys_statfs *)b)->f_type = CSYS_PROC_SUPER_MAGIC;
        return 0;
    case CSYS_NR_waitid:
        if (c) fill((void *)c, sizeof(struct csys_siginfo));
        return 0;
    case CSYS_NR_prlimit64:
        if (d) fill((void *)d, sizeof(struct csys_rlimit));
        return 0;
    case CSYS_NR_getrusage: fill((void *)b, sizeof(struct csys_rusage)); return 0;
    case CSYS_NR_pipe2:
        ((int32_t *)a)[0] = next();
        ((int32_t *)a)[1] = next();
        return 0;
    case CSYS_NR_clone3: {
        const struct csys_clone_args *args = (const struct csys_clone_args *)a;
        if (args->flags & CSYS_CLONE_PIDFD) *(int32_t *)args->pidfd = next();
        if (args->flags & CSYS_CLONE_PARENT_SETTID) *(int32_t *)args->parent_tid = next();
        return kind & 3 ? 0 : 7;
    }
    case CSYS_NR_ppoll: {
        struct csys_pollfd *polled = (struct csys_pollfd *)a;
        for (long i = 0; i < b; i++) polled[i].revents = next() & 1;
        return 0;
    }
    /* Nothing can be mapped: a parked launcher's requests end here, after their header. */
    case CSYS_NR_mmap: return -CSYS_EINVAL;
    case CSYS_NR_getpid: return 1 + (kind & 1);
    default: return kind & 1 ? 3 + (kind & 31) : 0;
    }
}

/* The child shares the interpreter's memory: it runs here, and never comes back. */
long csys_clone_onto(struct csys_clone_args *args, void (*function)(void *), void *argument)
{
    (void)args;
    const uint8_t kind = next();
    if (kind >= 192) return -(long)(kind - 191);
    if (kind & 1) function(argument);
    return 9;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jailer j;
    uint32_t wanted;
    if (size < 4 + sizeof(struct jailer_header)) return 0;
    memcpy(&wanted, data, 4);
    data += 4;
    size -= 4;
    const size_t room = wanted % (size + 1) < sizeof(struct jailer_header) ? size : wanted % (size + 1);
    answer = data + room;
    answers_end = data + size;
    calls = 0;

    /* Allocations of exactly their size, so that a byte beyond is seen. */
    uint8_t *arena = malloc(room);
    memcpy(arena, data, room);
    struct jailer_header *header = (struct jailer_header *)(void *)arena;
    header->magic = JAILER_MAGIC;
    header->version = JAILER_VERSION;
    header->size = room;
    const uint64_t steps = header->operation_count > jailer_most_operations ? 0 : header->operation_count;
    const uint64_t report_size = sizeof(struct jailer_report) + steps * sizeof(struct jailer_step);
    struct jailer_report *report = calloc(1, report_size);

    if (jailer_check(arena, room, report_size) == 0) {
        memset(&j, 0, sizeof j);
        j.arena = arena;
        j.size = room;
        j.header = header;
        j.report = report;
        j.report_size = report_size;
        j.gate = -1;
        j.home = j.ahead = slot_empty;
        j.procfs = slot_empty;
        j.parent.fd = -1;
        for (unsigned i = 0; i < jailer_most_slots; i++) j.slot[i] = slot_empty;
        for (uint32_t i = 0; i < header->passed_count; i++) j.slot[i] = (int32_t)(jailer_first_slot + i);
        j.operation = (const struct jailer_operation *)(const void *)(arena + header->operation_offset);
        if (!setjmp(out)) jailer_run(&j, JAILER_STAGE_LAUNCHER);
    }
    free(report);
    free(arena);
    return 0;
}
