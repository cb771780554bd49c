/* One attempt to enter, from its preparation to its end. */
#include "session.h"

#include "csys_names.h"

static const char *name_of(uint16_t code)
{
    switch (code) {
#define NAME(number, name, operands, stages, scope) \
    case number: return #name;
        JAILER_OPERATIONS(NAME)
#undef NAME
    default: return "?";
    }
}

/* --- The last words --- */

static char words[2048];

static char *append(char *to, const char *text)
{
    while (*text && to < words + sizeof words - 1) *to++ = *text++;
    return to;
}

static char *append_number(char *to, uint64_t number)
{
    char digits[24];
    jailer_digits(digits, number);
    return append(to, digits);
}

/* One of several strings that stand one after the other. */
static const char *string_at(const char *strings, uint32_t index)
{
    while (index) index -= !*strings++;
    return strings;
}

static char *append_error(struct session *s, char *to, uint32_t step, long error)
{
    enum { most_errors = 133 };
    const uint32_t number = (uint32_t)-error;
    to = append(to, ": ");
    if (s->entrance->error_texts && number <= most_errors) to = append(to, string_at(s->entrance->error_texts, number));
    else to = append_number(append(to, "errno "), number);
    if (s->own->operation[step].code != JAILER_OP_EXECUTE || !s->entrance->hints) return to;
    for (const uint8_t *hint = (const uint8_t *)s->entrance->hints; *hint;
         hint = (const uint8_t *)string_at((const char *)hint + 2, 1))
        if (hint[0] == number && hint[1] == s->own->report->detail + 1) return append(append(to, "; hint: "), (const char *)hint + 2);
    return to;
}

/* Half a jail is none. */
void jailer_die(struct session *s, int32_t tid, uint32_t step, uint32_t call, long error, const char *what)
{
    const char *name = call ? csys_name(call) : 0;
    char *end = append(words, "sandbox: enter() failed after its first change, and ends the process: ");
    if (s->entrance->step_texts) end = append(append(end, string_at(s->entrance->step_texts, 2 * step)), ": ");
    if (what) end = append(end, what);
    if (what && name) end = append(end, ": ");
    if (name) {
        end = append(append(end, name), "(");
        if (s->entrance->step_texts && !what) end = append(end, string_at(s->entrance->step_texts, 2 * step + 1));
        end = append(end, ")");
    }
    if (error) end = append_error(s, end, step, error);
    end = append_number(append(end, "; step "), step);
    end = append(append(append(end, " ("), name_of(s->own->operation[step].code)), ") on thread ");
    end = append_number(end, (uint64_t)tid);
    *end++ = '\n';
    /* Who reads standard error may have stopped: then it ends without a word, rather than go on half jailed. */
    struct csys_pollfd ready = {.fd = 2, .events = CSYS_POLLOUT};
    const struct csys_timespec now = {0, 0};
    if (csys_ppoll(&ready, 1, &now) != 0) csys_write(2, words, (uint64_t)(end - words));
    /* As a shell says it of a program. */
    const int status = call != CSYS_NR_execve ? 125 : error == -CSYS_ENOENT || error == -CSYS_ENOTDIR ? 127 : 126;
    csys_exit_group(status);
    /* A filter has refused even that. */
    __builtin_trap();
}

static uint32_t refuse(struct session *s, uint32_t refusal, long error)
{
    s->entrance->refusal = refusal;
    s->entrance->error = (int32_t)error;
    return refusal;
}

/* The threads by the numbers that this process calls them by: a procfs of another pid namespace has others. */
static uint32_t open_tasks(struct session *s)
{
    char link[16];
    struct csys_statfs status;
    const long proc = csys_openat(CSYS_AT_FDCWD, "/proc", CSYS_O_RDONLY | CSYS_O_DIRECTORY | CSYS_O_CLOEXEC, 0);
    if (proc < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, proc);
    long n = csys_fstatfs((int)proc, &status);
    if (n >= 0) n = status.f_type == CSYS_PROC_SUPER_MAGIC ? 0 : -CSYS_EPROTO;
    if (n >= 0) n = csys_readlinkat((int)proc, "self", link, sizeof link - 1);
    if (n > 0) {
        const char *at = link;
        uint64_t number;
        link[n] = 0;
        n = jailer_number(&at, 10, &number) && !*at && number == (uint64_t)s->pid ? 0 : -CSYS_ESRCH;
    }
    if (n < 0) {
        csys_close((int)proc);
        return refuse(s, JAILER_REFUSAL_FOREIGN_PROC, n);
    }
    long fd = csys_openat((int)proc, "self/task", CSYS_O_RDONLY | CSYS_O_DIRECTORY | CSYS_O_CLOEXEC, 0);
    csys_close((int)proc);
    /* Not in the place of a standard stream that the program has closed. */
    if (fd >= 0 && fd < 3) {
        const long moved = csys_fcntl((int)fd, CSYS_F_DUPFD_CLOEXEC, 3);
        csys_close((int)fd);
        fd = moved;
    }
    if (fd < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, fd);
    s->own->inspected = (int32_t)fd;
    return 0;
}

/* --- Descriptors that may not stay --- */

static int begins(const char *text, const char *with)
{
    while (*with && *text == *with) text++, with++;
    return !*with;
}

static int stays(struct session *s, int32_t number)
{
    const struct jailer *j = s->own;
    for (uint32_t step = 0; step < j->header->operation_count; step++)
        if (j->operation[step].code == JAILER_OP_KEEP_DESCRIPTORS)
            return jailer_keeps(j, &j->operation[step], (uint32_t)number);
    return 1;
}

/* What Dispatch, Swift's concurrency and event loops wait by: it leads to no file, and without it they fail. */
static uint32_t waiters[4096];
static uint32_t known_waiters; /* that the last attempt which looked has found */
enum { most_waiters = sizeof waiters / sizeof *waiters };

static void add_waiter(struct session *s, int32_t number)
{
    for (uint32_t i = 0; i < s->own->waiter_count; i++)
        if (waiters[i] == (uint32_t)number) return;
    if (s->own->waiter_count < most_waiters) waiters[s->own->waiter_count++] = (uint32_t)number;
}

static int is_waiter(const char *target)
{
    return begins(target, "anon_inode:[eventpoll]") || begins(target, "anon_inode:[eventfd]") ||
           begins(target, "anon_inode:[timerfd]") || begins(target, "anon_inode:[signalfd]");
}

static int executes(const struct session *s)
{
    const uint32_t count = s->own->header->operation_count;
    return count && s->own->operation[count - 1].code == JAILER_OP_EXECUTE;
}

/* A ring acts with the rights of whoever made it or registered them, whether it stays open or not. */
static long check_descriptor(void *with, int32_t number)
{
    struct session *s = with;
    char path[48], target[64];
    struct csys_statx status;
    if (number == s->own->inspected || number == s->listing) return 0;
    char *end = path + jailer_path(path, s->tid, "fd/");
    jailer_digits(end, (uint64_t)number);
    const long n = csys_readlinkat(s->own->inspected, path, target, sizeof target - 1);
    if (n < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, n);
    target[n] = 0;
    if (begins(target, "anon_inode:[io_uring]")) {
        s->entrance->descriptor = number;
        return refuse(s, JAILER_REFUSAL_IO_URING, 0);
    }
    /* A program that is executed waits by its own. */
    if (is_waiter(target) && !executes(s)) add_waiter(s, number);
    if (!(s->entrance->options & JAILER_ENTER_CHANGES_ROOT) || !stays(s, number)) return 0;
    const long known = csys_statx(number, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_TYPE, &status);
    if (known >= 0 && (status.stx_mode & CSYS_S_IFMT) != CSYS_S_IFDIR) return 0;
    /* What does not tell what it is, as of a file system whose server has ended, may be one. */
    s->entrance->descriptor = number;
    return refuse(s, JAILER_REFUSAL_DIRECTORY, known);
}

static uint32_t check_descriptors(struct session *s)
{
    char path[32];
    jailer_path(path, s->tid, "fd");
    const long fd = csys_openat(s->own->inspected, path, CSYS_O_RDONLY | CSYS_O_DIRECTORY | CSYS_O_CLOEXEC, 0);
    if (fd < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, fd);
    s->listing = (int32_t)fd;
    const long result = jailer_each_number((int)fd, check_descriptor, s);
    csys_close((int)fd);
    if (result < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, result);
    known_waiters = s->own->waiter_count;
    return s->entrance->refusal;
}

static int is_anonymous(int32_t number, const struct csys_statx *anonymous)
{
    struct csys_statx status;
    return csys_statx(number, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_INO, &status) == 0 && status.stx_ino == anonymous->stx_ino &&
           status.stx_dev_major == anonymous->stx_dev_major && status.stx_dev_minor == anonymous->stx_dev_minor;
}

/* Where no /proc shows what they are, all have one inode, that of whatever has none of its own. Those that were seen to be waiters
 * at the entry before stay, and of later ones those that answer as such: an epoll knows that it does not hold `other`, and only
 * a timer tells the time. What is neither is closed, since it may be anything. */
static void find_waiters(struct session *s)
{
    enum { most_descriptors = 65536 };
    struct csys_statx anonymous;
    uint64_t time[4];
    const long other = csys_eventfd2(0, CSYS_O_CLOEXEC);
    if (other < 0) return;
    const int known = csys_statx((int)other, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_INO, &anonymous) == 0;
    for (uint32_t i = 0; known && i < known_waiters; i++)
        if (is_anonymous((int32_t)waiters[i], &anonymous)) add_waiter(s, (int32_t)waiters[i]);
    for (int number = 0; known && number < most_descriptors; number++)
        if (number != other && is_anonymous(number, &anonymous) &&
            (csys_epoll_ctl(number, CSYS_EPOLL_CTL_DEL, (int)other, 0) == -CSYS_ENOENT ||
             csys_timerfd_gettime(number, time) == 0))
            add_waiter(s, number);
    known_waiters = s->own->waiter_count;
    csys_close((int)other);
}

/* --- The attempt --- */

/* Everything that it needs, before the first thread stands still: the plan and its report; what each thread needs. */
static uint32_t prepare(struct session *s, uint64_t *size)
{
    struct jailer_entrance *e = s->entrance;
    struct jailer *j = s->own;
    const struct jailer_header *header = (const struct jailer_header *)(const void *)e->plan;
    if (e->plan_size < sizeof *header) return refuse(s, JAILER_REFUSAL_PLAN, -CSYS_EINVAL);
    const uint64_t report = (e->plan_size + 4095) & ~4095ull;
    *size = report + header->report_size;
    const long memory = csys_mmap(0, *size, CSYS_PROT_READ | CSYS_PROT_WRITE, CSYS_MAP_PRIVATE | CSYS_MAP_ANONYMOUS, -1, 0);
    if ((unsigned long)memory > -4096ul) return refuse(s, JAILER_REFUSAL_MEMORY, memory);
    j->arena = (uint8_t *)memory;
    for (uint64_t i = 0; i < e->plan_size; i++) j->arena[i] = e->plan[i];
    j->size = e->plan_size;
    j->header = (const struct jailer_header *)(const void *)j->arena;
    j->report = (struct jailer_report *)(void *)(j->arena + report);
    j->report_size = header->report_size;
    if (jailer_check(j->arena, j->size, j->report_size) < 0) return refuse(s, JAILER_REFUSAL_PLAN, -CSYS_EINVAL);
    j->operation = (const struct jailer_operation *)(const void *)(j->arena + j->header->operation_offset);
    for (uint32_t step = 0; step < j->header->operation_count; step++) {
        if (j->operation[step].stage != JAILER_STAGE_ENTER) return refuse(s, JAILER_REFUSAL_PLAN, -CSYS_EINVAL);
        const uint16_t code = j->operation[step].code;
        if (e->options & JAILER_ENTER_WITHOUT_PROC && (jailer_scope(code) == 't' || code == JAILER_OP_CHANGE_ROOT))
            return refuse(s, JAILER_REFUSAL_PLAN, -CSYS_EINVAL);
    }
    j->stage = JAILER_STAGE_ENTER;
    j->inspected = j->gate = j->control = j->parent.fd = -1;
    j->procfs = slot_empty;
    j->waiters = waiters;
    j->waiter_count = 0;
    j->open_files = 0;
    j->has_root = 0;
    for (unsigned i = 0; i < jailer_most_slots; i++) j->slot[i] = slot_empty;

    /* Kept: a handler that comes late may still look at its line. */
    static struct task tasks[most_threads];
    s->task = tasks;
    const long contexts = csys_mmap(0, most_threads * sizeof *s->context, CSYS_PROT_READ | CSYS_PROT_WRITE,
                                    CSYS_MAP_PRIVATE | CSYS_MAP_ANONYMOUS | CSYS_MAP_NORESERVE, -1, 0);
    if ((unsigned long)contexts > -4096ul) return refuse(s, JAILER_REFUSAL_MEMORY, contexts);
    s->context = (struct jailer *)contexts;
    return 0;
}

static void attempt(struct session *s)
{
    struct jailer_entrance *e = s->entrance;
    if (e->options & JAILER_ENTER_WITHOUT_PROC) {
        /* A program that is executed waits by its own. */
        if (!executes(s)) find_waiters(s);
        if (!jailer_apply(s)) e->threads = 1;
        return;
    }
    if (open_tasks(s)) return;
    const long taken = jailer_take_signal(s);
    if (taken < 0) {
        refuse(s, JAILER_REFUSAL_SIGNAL, taken);
        return;
    }
    s->handler_stays = 0;
    jailer_note_namespaces(s);
    const uint64_t start = jailer_now();
    if (!jailer_gather(s) && !jailer_look(s) && !check_descriptors(s) && !jailer_apply(s)) e->threads = s->standing + 1;
    /* While they stand: the C library's handler is never missing when they run. A filter may refuse it no more than what the
     * C library itself does. */
    jailer_give_signal_back(s);
    __atomic_fetch_add(&s->generation, 1, __ATOMIC_ACQ_REL);
    jailer_command(s, verb_release);
    e->nanoseconds = jailer_now() - start;
}

void jailer_enter(struct jailer_entrance *e)
{
    static uint32_t entering;
    static struct jailer own;
    struct session *s = &jailer_session;
    e->refusal = JAILER_REFUSAL_NONE;
    e->thread = e->descriptor = e->error = 0;
    e->call = e->step = e->detail = e->threads = e->filter_seen = e->rings_unseen = 0;
    e->nanoseconds = 0;
    if (__atomic_exchange_n(&entering, 1, __ATOMIC_ACQ_REL)) {
        e->refusal = JAILER_REFUSAL_BUSY;
        return;
    }
    s->entrance = e;
    s->own = &own;
    s->context = 0;
    s->tasks = s->standing = s->parked = s->command = s->done = 0;
    s->changed = 0;
    s->pid = (int32_t)csys_getpid();
    s->tid = (int32_t)csys_gettid();

    /* No handler of the program's may run here: it could wait for what a thread that stands still has locked. */
    const uint64_t all = ~0ull;
    uint64_t mask;
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &all, &mask);
    uint64_t size = 0;
    own.arena = 0;
    own.inspected = -1;
    if (!prepare(s, &size)) attempt(s);
    e->waiters = waiters;
    e->waiter_count = own.waiter_count;
    if (own.inspected >= 0) csys_close(own.inspected);
    if (s->context) csys_munmap(s->context, most_threads * sizeof *s->context);
    if (own.arena) csys_munmap(own.arena, size);
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &mask, 0);
    __atomic_store_n(&entering, 0, __ATOMIC_RELEASE);
}

#include "../uninstrumented_end.h"
