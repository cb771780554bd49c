/* enter THREADS ROOT UID SPECIFICATION: what a process does to jail itself, on so many threads, and nothing else: the same calls in
 * the same order as the library's plan, each thread's by a signal, as the C library's setuid(2) does it. The threads are known and
 * answer; nothing is looked at afterwards. Writes the nanoseconds. */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { most_threads = 1024, most_limits = 16, last_capability = 40 };
static pid_t tids[most_threads];
static uint32_t started, parked, command, done;
static unsigned uid;
static struct { int kind; struct rlimit value; } limits[most_limits];
static int limit_count;
static struct sock_filter filter[4096];
static struct sock_fprog program = {0, filter};

static void must(long result, const char *what)
{
    if (result >= 0) return;
    perror(what);
    _exit(70);
}

static void wait_while(uint32_t *word, uint32_t value) { syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0); }
static void wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1 << 30, 0, 0, 0); }

/* What is a thread's own. The C library's functions would do it on all of them. */
static void become(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    for (int capability = 0; capability <= last_capability; capability++) must(prctl(PR_CAPBSET_DROP, capability), "bounding set");
    must(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), "securebits");
    must(syscall(SYS_setgroups, 0, 0), "setgroups");
    must(syscall(SYS_setresgid, uid, uid, uid), "setresgid");
    must(syscall(SYS_setresuid, uid, uid, uid), "setresuid");
    must(prctl(PR_SET_SECUREBITS, 0xef), "securebits");
    must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient set");
    must(syscall(SYS_capset, &header, none), "capset");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static void stand(int signal)
{
    (void)signal;
    __atomic_fetch_add(&parked, 1, __ATOMIC_ACQ_REL);
    wake(&parked);
    while (!__atomic_load_n(&command, __ATOMIC_ACQUIRE)) wait_while(&command, 0);
    become();
    __atomic_fetch_add(&done, 1, __ATOMIC_ACQ_REL);
    wake(&done);
}

static void *idle(void *argument)
{
    tids[(uintptr_t)argument] = (pid_t)syscall(SYS_gettid);
    __atomic_fetch_add(&started, 1, __ATOMIC_ACQ_REL);
    for (;;) pause();
    return 0;
}

static void read_specification(const char *path)
{
    static char line[65536];
    FILE *file = fopen(path, "r");
    if (!file) must(-1, path);
    while (fgets(line, sizeof line, file)) {
        unsigned long kind, soft, hard;
        if (limit_count < most_limits && sscanf(line, "limit\t%lu\t%lu\t%lu", &kind, &soft, &hard) == 3) {
            limits[limit_count].kind = (int)kind;
            limits[limit_count++].value = (struct rlimit){soft, hard};
        }
        if (strncmp(line, "filter\t", 7)) continue;
        const char *at = line + 7;
        unsigned byte;
        for (size_t i = 0; i < sizeof filter && sscanf(at, "%2x", &byte) == 1; i++, at += 2) {
            ((unsigned char *)filter)[i] = (unsigned char)byte;
            program.len = (unsigned short)(i / 8 + 1);
        }
    }
    fclose(file);
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc != 5) return 64;
    const uint32_t others = (uint32_t)atoi(argv[1]) - 1;
    if (others >= most_threads) return 64;
    uid = (unsigned)atoi(argv[3]);
    read_specification(argv[4]);
    /* Whoever starts it may block the signal. */
    sigset_t none;
    sigemptyset(&none);
    must(sigprocmask(SIG_SETMASK, &none, 0), "sigprocmask");
    for (uintptr_t i = 0; i < others; i++) {
        pthread_t thread;
        if (pthread_create(&thread, 0, idle, (void *)i)) must(-1, "pthread_create");
    }
    while (__atomic_load_n(&started, __ATOMIC_ACQUIRE) < others) usleep(1000);

    const uint64_t start = now();
    struct sigaction action = {.sa_handler = stand, .sa_flags = SA_RESTART};
    const pid_t pid = getpid();
    must(sigaction(SIGRTMIN, &action, 0), "sigaction");
    for (uint32_t i = 0; i < others; i++) must(syscall(SYS_tgkill, pid, tids[i], SIGRTMIN), "tgkill");
    for (uint32_t seen; (seen = __atomic_load_n(&parked, __ATOMIC_ACQUIRE)) < others;) wait_while(&parked, seen);
    must(chdir(argv[2]), "chdir");
    must(chroot("."), "chroot");
    must(chdir("/"), "chdir");
    must(syscall(SYS_close_range, 3u, ~0u, 0), "close_range");
    __atomic_store_n(&command, 1, __ATOMIC_RELEASE);
    wake(&command);
    become();
    for (uint32_t seen; (seen = __atomic_load_n(&done, __ATOMIC_ACQUIRE)) < others;) wait_while(&done, seen);
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable");
    umask(022);
    for (int i = 0; i < limit_count; i++) {
        /* What is in force already stays, where it is lower. */
        struct rlimit was;
        must(getrlimit(limits[i].kind, &was), "getrlimit");
        if (was.rlim_cur < limits[i].value.rlim_cur) limits[i].value.rlim_cur = was.rlim_cur;
        if (was.rlim_max < limits[i].value.rlim_max) limits[i].value.rlim_max = was.rlim_max;
        must(setrlimit(limits[i].kind, &limits[i].value), "setrlimit");
    }
    must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) ? -1 : 0, "seccomp");
    printf("%llu\n", (unsigned long long)(now() - start));
    fflush(stdout);
    _exit(0);
}
