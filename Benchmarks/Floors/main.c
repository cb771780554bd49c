/* floor KIND SPECIFICATION [--memory BYTES] [--descriptors N]: does as it is told on standard input, a line a command:
 *
 *   run OUTPUT PROGRAM [ARGUMENT]   a spawn and the wait for its end; OUTPUT is a file, or - for none
 *                                   -> "ok NANOSECONDS CPU BEFORE STATUS": CPU with the launcher's; BEFORE is the CPU time of
 *                                      what was made beforehand for this spawn alone
 *   hold N PROGRAM [ARGUMENT]       starts N, and waits for none                     -> "ok NANOSECONDS"
 *   many WORKERS TOTAL PROGRAM      so many at once, each worker with its own launcher -> "ok NANOSECONDS FAILED"
 */
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared *shared;
static struct kind *kind;

/* Raw, since it may be said by a process that shares its memory. */
void die(const char *what, long error)
{
    char text[256];
    int n = snprintf(text, sizeof text, "floor: %s: errno %ld\n", what, -error);
    csys_write(2, text, (size_t)n);
    for (;;) csys_exit_group(125);
}

static uint64_t now(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time)) return 0;
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t used(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000u +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000u;
}

static uint64_t cpu(void)
{
    clockid_t launcher;
    uint64_t sum = used(RUSAGE_SELF) + used(RUSAGE_CHILDREN);
    if (kind->launcher && !clock_getcpuclockid(kind->launcher, &launcher)) sum += now(launcher);
    return sum;
}

static void set_arguments(char **text)
{
    char *at = shared->text;
    unsigned n = 0;
    for (; *text && n < 15; text++) {
        const size_t length = strlen(*text) + 1;
        if (at + length > shared->text + sizeof shared->text) die("a command that long", 0);
        shared->arguments[n++] = (uint64_t)memcpy(at, *text, length);
        at += length;
    }
    shared->arguments[n] = 0;
}

static int wait_for_one(void)
{
    struct csys_siginfo ended;
    MUST(waitid, CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WALL, 0);
    if (kind->launcher && ended.pid == kind->launcher) die("the launcher is gone", 0);
    if (kind == &kind_base) shared->code = ended.code, shared->status = ended.status;
    return ended.code == CSYS_CLD_EXITED && shared->code == CSYS_CLD_EXITED ? shared->status : -1;
}

static void run(const char *output, char **arguments)
{
    set_arguments(arguments);
    if (strcmp(output, "-")) {
        shared->output = (int)MUST(openat, CSYS_AT_FDCWD, output, CSYS_O_RDWR | CSYS_O_CLOEXEC, 0);
        /* A launcher has the descriptors of its birth. */
        if (kind->launcher) {
            kill(kind->launcher, SIGKILL);
            waitpid(kind->launcher, 0, 0);
            kind->prepare();
        }
    }
    const uint64_t first = cpu();
    if (kind->before) kind->before();
    shared->code = 0;
    const uint64_t second = cpu(), start = now(CLOCK_MONOTONIC);
    kind->start();
    const int status = wait_for_one();
    const uint64_t took = now(CLOCK_MONOTONIC) - start, third = cpu();
    printf("ok %lu %lu %lu %d\n", took, third - second, second - first, status);
}

static void hold(unsigned n, char **arguments)
{
    set_arguments(arguments);
    const uint64_t start = now(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < n; i++) {
        if (kind->before) kind->before();
        kind->start();
    }
    printf("ok %lu\n", now(CLOCK_MONOTONIC) - start);
}

static void *share(size_t size) { return mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); }

static void work(unsigned total, int ready, int go)
{
    char byte;
    struct shared *before = shared;
    shared = share(sizeof *shared);
    *shared = *before;
    for (unsigned i = 0; i < 16 && before->arguments[i]; i++)
        shared->arguments[i] = (uint64_t)shared->text + (before->arguments[i] - (uint64_t)before->text);
    MUST(dup3, (int)MUST(pidfd_open, getpid(), 0), descriptor_host, CSYS_O_CLOEXEC);
    kind->launcher = 0;
    kind->prepare();
    MUST(write, ready, "r", 1);
    if (read(go, &byte, 1) < 0) _exit(1);
    int failed = 0;
    for (unsigned i = 0; i < total; i++) {
        if (kind->before) kind->before();
        shared->code = 0;
        kind->start();
        failed += wait_for_one() != 0;
    }
    _exit(failed > 100 ? 100 : failed);
}

static void many(unsigned workers, unsigned total, char **arguments)
{
    int ready[2], go[2], failed = 0, status;
    char byte;
    pid_t pid[64];
    set_arguments(arguments);
    if (workers > 64 || pipe2(ready, CSYS_O_CLOEXEC) || pipe2(go, CSYS_O_CLOEXEC)) die("many", 0);
    for (unsigned i = 0; i < workers; i++)
        if ((pid[i] = fork()) == 0) {
            close(go[1]);
            work((total + i) / workers, ready[1], go[0]);
        }
    for (unsigned i = 0; i < workers; i++) MUST(read, ready[0], &byte, 1);
    const uint64_t start = now(CLOCK_MONOTONIC);
    close(go[1]);
    for (unsigned i = 0; i < workers; i++) {
        waitpid(pid[i], &status, 0);
        failed += WIFEXITED(status) ? WEXITSTATUS(status) : 100;
    }
    printf("ok %lu %d\n", now(CLOCK_MONOTONIC) - start, failed);
    close(go[0]);
    close(ready[0]);
    close(ready[1]);
}

static void burden(int argc, char **argv)
{
    for (int i = 3; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--memory")) {
            size_t size = strtoull(argv[i + 1], 0, 10);
            if (!size) continue;
            char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (memory == MAP_FAILED) die("mmap", 0);
            for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
        } else if (!strcmp(argv[i], "--descriptors")) {
            for (long n = atol(argv[i + 1]); n > 0; n--) MUST(fcntl, 0, CSYS_F_DUPFD_CLOEXEC, 10);
        }
    }
}

int main(int argc, char **argv)
{
    static struct kind *const kinds[] = {&kind_base, &kind_oneshot, &kind_oneshot_unprepared, &kind_launcher_own, &kind_launcher_ahead, &kind_parked};
    if (argc < 3) return 64;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i]->name, argv[1])) kind = kinds[i];
    if (!kind) die("no such kind", 0);

    /* Commands and answers out of the way of the payloads' streams. */
    const int in = (int)MUST(fcntl, 0, CSYS_F_DUPFD_CLOEXEC, 10), out = (int)MUST(fcntl, 1, CSYS_F_DUPFD_CLOEXEC, 10);
    const int null = (int)MUST(openat, CSYS_AT_FDCWD, "/dev/null", CSYS_O_RDWR | CSYS_O_CLOEXEC, 0);
    FILE *commands = fdopen(in, "r");
    MUST(dup3, null, 0, 0);
    MUST(dup3, out, 1, 0);
    stdout = fdopen(out, "w");
    setvbuf(stdout, 0, _IOLBF, 4096);
    MUST(dup3, null, 1, 0);

    shared = share(sizeof *shared);
    shared->output = 1;
    MUST(dup3, (int)MUST(pidfd_open, getpid(), 0), descriptor_host, CSYS_O_CLOEXEC);
    /* Ignored signals would be the payloads' too. */
    const struct csys_sigaction standard = {0, 0, 0, 0};
    const uint64_t all = ~0ull;
    for (int signal = 1; signal <= 64; signal++) csys_rt_sigaction(signal, &standard, 0);
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &all, 0);
    read_specification(argv[2]);
    csys_umask(specification.mask);
    kind->prepare();
    /* What the host carries, its launcher does not: a launcher of the library's has its own program's memory. */
    burden(argc, argv);
    puts("ready");

    char line[1024];
    while (fgets(line, sizeof line, commands)) {
        char *word[32] = {0}, *rest = line;
        line[strcspn(line, "\n")] = 0;
        for (unsigned i = 0; i < 31 && rest; i++) word[i] = strsep(&rest, " ");
        if (!strcmp(word[0], "run")) run(word[1], word + 2);
        else if (!strcmp(word[0], "hold")) hold((unsigned)atoi(word[1]), word + 2);
        else if (!strcmp(word[0], "many")) many((unsigned)atoi(word[1]), (unsigned)atoi(word[2]), word + 3);
        else die(word[0], 0);
    }
    return 0;
}
