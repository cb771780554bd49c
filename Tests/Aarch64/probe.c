/* What a host does, in C and without a C library: hands the jailer an arena, waits, and says what came of it. The lane `aarch64` runs
 * it in a guest of that processor, where there is no Swift.
 *
 *     probe run JAILER ARENA             a jail of a launcher of its own
 *     probe prepared JAILER LAUNCHER JAIL   two jails of a parked launcher, one after the other
 *     probe enter ARENA                  this process itself, with a second thread
 *
 * The arena's first slots are: what the init keeps (/dev/null), and the program's standard streams (none, and this process's). */
#include <stddef.h>

#include "csyscalls.h"
#include "jailer.h"

enum { most = 1 << 18, room = 1 << 20 };

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

void *memset(void *to, int value, size_t n)
{
    for (size_t i = 0; i < n; i++) ((uint8_t *)to)[i] = (uint8_t)value;
    return to;
}

static size_t length(const char *text)
{
    size_t n = 0;
    while (text[n]) n++;
    return n;
}

static int is_same(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

static void say(const char *text) { csys_write(1, text, length(text)); }

static void say_number(long number)
{
    char digits[24];
    unsigned at = sizeof digits;
    unsigned long rest = number < 0 ? -(unsigned long)number : (unsigned long)number;
    do digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) digits[--at] = '-';
    csys_write(1, digits + at, sizeof digits - at);
}

static void say_with(const char *text, long number)
{
    say(text);
    say_number(number);
}

__attribute__((noreturn)) static void die(const char *what, long error)
{
    say("probe: ");
    say(what);
    say_with(": ", error);
    say("\n");
    for (;;) csys_exit_group(1);
}

static long must(const char *what, long result)
{
    if (result < 0) die(what, result);
    return result;
}

static uint64_t read_file(const char *path, uint8_t *to)
{
    const int fd = (int)must(path, csys_openat(CSYS_AT_FDCWD, path, CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0));
    uint64_t size = 0;
    for (;;) {
        const long n = must(path, csys_read(fd, to + size, most - size));
        size += (uint64_t)n;
        if (!n) break;
    }
    csys_close(fd);
    if (size < sizeof(struct jailer_header) || size == most) die(path, (long)size);
    return size;
}

/* An arena in its memfd, with room for its report. */
struct arena {
    int fd;
    uint8_t *bytes;
    struct jailer_report *report;
};

static struct arena arena_of(const char *path)
{
    static uint8_t bytes[most];
    struct arena arena = {(int)must("memfd", csys_memfd_create("arena", CSYS_MFD_CLOEXEC)), 0, 0};
    const uint64_t size = read_file(path, bytes);
    const struct jailer_header *header = (const struct jailer_header *)(void *)bytes;
    const uint64_t whole = header->report_offset + header->report_size;
    if (size != header->size || whole > room) die(path, (long)whole);
    must("ftruncate", csys_ftruncate(arena.fd, (int64_t)whole));
    must("pwrite", csys_pwrite64(arena.fd, bytes, size, 0));
    const long mapped = csys_mmap(0, whole, CSYS_PROT_READ | CSYS_PROT_WRITE, CSYS_MAP_SHARED, arena.fd, 0);
    arena.bytes = (uint8_t *)must("mmap", mapped);
    arena.report = (struct jailer_report *)(void *)(arena.bytes + header->report_offset);
    return arena;
}

static const struct jailer_operation *operation(const struct arena *arena, uint32_t index)
{
    const struct jailer_header *header = (const struct jailer_header *)(void *)arena->bytes;
    return (const struct jailer_operation *)(void *)(arena->bytes + header->operation_offset) + index;
}

/* What the jailer sends, until it has nothing more to say: the last descriptor that came is the jail's. */
static int listen_to(int control, uint32_t until)
{
    int jail = -1;
    for (;;) {
        struct jailer_message message;
        struct csys_cmsg_fds rights = {0};
        struct csys_iovec part = {(uint64_t)&message, sizeof message};
        struct csys_msghdr header = {
            .iov = (uint64_t)&part, .iov_length = 1, .control = (uint64_t)&rights, .control_length = sizeof rights};
        const long n = csys_recvmsg(control, &header, CSYS_MSG_CMSG_CLOEXEC);
        if (n == -CSYS_EINTR) continue;
        if (n <= 0) return jail;
        if (header.control_length > 16 && rights.type == CSYS_SCM_RIGHTS) jail = rights.fd[0];
        if (message.kind == until) return jail;
    }
}

static void reap(int pidfd, const char *who)
{
    struct csys_siginfo information = {0};
    while (csys_waitid(CSYS_P_PIDFD, pidfd, &information, CSYS_WEXITED | CSYS_WALL, 0) == -CSYS_EINTR) {}
    if (!who) return;
    say(who);
    say_with(": code ", information.code);
    say_with(" status ", information.status);
    say("\n");
}

static void tell(const struct arena *arena)
{
    const struct jailer_report *report = arena->report;
    if (report->state == JAILER_STATE_FAILED) {
        say_with("failed: operation ", operation(arena, report->failed_step)->code);
        say_with(" error ", report->error);
        say_with(" call ", report->call);
        say_with(" detail ", report->detail);
    } else {
        say_with("state ", report->state);
        say_with(": code ", report->end_code);
        say_with(" status ", report->end_status);
        say_with(" by ", report->ended_by);
    }
    say("\n");
}

static void pair(int32_t ends[2])
{
    must("socketpair", csys_socketpair(CSYS_AF_UNIX, CSYS_SOCK_SEQPACKET | CSYS_SOCK_CLOEXEC, 0, ends));
}

static int pidfd_of_self(void) { return (int)must("pidfd_open", csys_pidfd_open((int)csys_getpid(), 0)); }

static int nothing(void) { return (int)must("/dev/null", csys_openat(CSYS_AT_FDCWD, "/dev/null", CSYS_O_RDWR | CSYS_O_CLOEXEC, 0)); }

/* Gives this end of the control socket. */
static int launch(const char *jailer, const struct arena *arena, unsigned passed, struct csys_spawned *launcher)
{
    static const char *const arguments[] = {"init", 0}, *const environment[] = {0};
    const int image = (int)must(jailer, csys_openat(CSYS_AT_FDCWD, jailer, CSYS_O_PATH | CSYS_O_CLOEXEC, 0));
    const int null = nothing();
    int32_t ends[2];
    pair(ends);
    const int sources[] = {ends[1], arena->fd, pidfd_of_self(), null, null, 1, 1};
    must("spawn", csys_spawn(image, arguments, environment, sources, 3 + passed, launcher));
    csys_close(ends[1]);
    return ends[0];
}

static void run(const char *jailer, const char *path)
{
    struct csys_spawned launcher;
    const struct arena arena = arena_of(path);
    const int control = launch(jailer, &arena, 4, &launcher);
    const int jail = listen_to(control, ~0u);
    reap(launcher.pidfd, 0);
    if (jail >= 0) reap(jail, 0);
    tell(&arena);
}

static void request(int launcher, const char *path)
{
    const struct arena arena = arena_of(path);
    const int null = nothing();
    int32_t ends[2];
    pair(ends);
    struct jailer_request head = {JAILER_REQUEST_SPAWN, 5};
    struct csys_cmsg_fds rights = {
        .length = 16 + 5 * 4, .level = CSYS_SOL_SOCKET, .type = CSYS_SCM_RIGHTS, .fd = {ends[1], arena.fd, null, 1, 1}};
    struct csys_iovec part = {(uint64_t)&head, sizeof head};
    struct csys_msghdr header = {
        .iov = (uint64_t)&part, .iov_length = 1, .control = (uint64_t)&rights, .control_length = 16 + 6 * 4};
    must("sendmsg", csys_sendmsg(launcher, &header, 0));
    csys_close(ends[1]);
    const int jail = listen_to(ends[0], ~0u);
    if (jail >= 0) reap(jail, 0);
    tell(&arena);
}

static void prepared(const char *jailer, const char *path, const char *jail)
{
    struct csys_spawned launcher;
    const struct arena arena = arena_of(path);
    const int control = launch(jailer, &arena, 1, &launcher);
    listen_to(control, JAILER_MESSAGE_PARKED);
    if (arena.report->state != JAILER_STATE_PARKED) tell(&arena);
    for (int i = 0; i < 2; i++) request(control, jail);
    csys_close(control);
    reap(launcher.pidfd, "launcher");
}

/* --- enter --- */

static volatile int spins;

static void spin(void *unused)
{
    (void)unused;
    for (;;) spins++;
}

/* The lines of a thread's status that say what it may do. */
static void show(int thread)
{
    static const char *const wanted[] = {"Uid", "Gid", "Groups", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp:"};
    static char text[4096];
    char path[64] = "/proc/self/task/";
    unsigned at = (unsigned)length(path);
    char digits[12];
    unsigned n = 0;
    for (int rest = thread; rest; rest /= 10) digits[n++] = (char)('0' + rest % 10);
    while (n) path[at++] = digits[--n];
    memcpy(path + at, "/status", 8);
    const int fd = (int)must(path, csys_openat(CSYS_AT_FDCWD, path, CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0));
    const long size = must(path, csys_read(fd, text, sizeof text - 1));
    csys_close(fd);
    text[size] = 0;
    for (char *line = text; *line;) {
        char *end = line;
        while (*end && *end != '\n') end++;
        for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++) {
            const char *name = wanted[i];
            char *c = line;
            while (*name && *c == *name) name++, c++;
            if (*name) continue;
            say("  ");
            csys_write(1, line, (size_t)(end - line) + 1);
        }
        line = *end ? end + 1 : end;
    }
}

static void enter(const char *path)
{
    static uint8_t plan[most], stack[65536] __attribute__((aligned(16)));
    static int32_t second;
    struct jailer_entrance entrance = {
        .plan = plan, .plan_size = read_file(path, plan), .options = JAILER_ENTER_CHANGES_ROOT, .signal = 33, .patience = 20000};
    /* <linux/sched.h>: CLONE_FS, _FILES, _SIGHAND, _THREAD, _SYSVSEM */
    const uint64_t as_thread = 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;
    struct csys_clone_args thread = {
        .flags = as_thread | CSYS_CLONE_VM | CSYS_CLONE_PARENT_SETTID,
        .parent_tid = (uint64_t)&second, .stack = (uint64_t)stack, .stack_size = sizeof stack};
    must("thread", csys_clone_onto(&thread, spin, 0));
    const int own = (int)csys_gettid(), other = second;
    say("before\n");
    show(own);
    jailer_enter(&entrance);
    say_with("entered: refusal ", entrance.refusal);
    say_with(" error ", entrance.error);
    say_with(" call ", entrance.call);
    say_with(" threads ", entrance.threads);
    say("\n");
    if (entrance.refusal) return;
    const int before = spins;
    while (spins == before) {}
    say("the other goes on\n");
    if (csys_faccessat(CSYS_AT_FDCWD, "/proc/self/status", 4) == 0) {
        show(own);
        show(other);
    } else {
        say_with("/usr/bin: ", csys_faccessat(CSYS_AT_FDCWD, "/usr/bin", 1));
        say_with(" /bin: ", csys_faccessat(CSYS_AT_FDCWD, "/bin", 1));
        say("\n");
    }
    say_with("unshare: ", csys_unshare(CSYS_CLONE_NEWUSER));
    say("\n");
}

__attribute__((noreturn, used)) void probe_main(long *stack)
{
    const long count = stack[0];
    const char *const *arguments = (const char *const *)(stack + 1);
    if (count == 4 && is_same(arguments[1], "run")) run(arguments[2], arguments[3]);
    else if (count == 5 && is_same(arguments[1], "prepared")) prepared(arguments[2], arguments[3], arguments[4]);
    else if (count == 3 && is_same(arguments[1], "enter")) enter(arguments[2]);
    else die("run JAILER ARENA, prepared JAILER LAUNCHER JAIL, or enter ARENA", count);
    for (;;) csys_exit_group(0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall probe_main\n\tud2\n");
#else
__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x0, sp\n\tbl probe_main\n\tbrk 1\n");
#endif
