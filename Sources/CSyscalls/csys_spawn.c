#include "csyscalls.h"

/* What parent and child share; it lives on the parent's stack, which waits meanwhile. */
struct spawn {
    int image;
    const char *const *arguments;
    const char *const *environment;
    const int *sources;
    unsigned count;
    volatile int call, error;
};

/* A sanitizer or a stack protector would call into the host's runtime from the child. */
#define IN_CHILD __attribute__((noinline, no_stack_protector, no_sanitize("address", "thread", "undefined")))

enum { most_sources = 64, child_stack = 16384 };

static inline __attribute__((always_inline, noreturn)) void child_fails(struct spawn *spawn, int call, long error)
{
    spawn->call = call;
    spawn->error = (int)error;
    for (;;) csys_exit_group(127);
}

IN_CHILD static void child(void *shared)
{
    struct spawn *spawn = shared;
    int moved[most_sources];
    const unsigned count = spawn->count;

    /* First out of the way, or a source that is itself one of the targets would be overwritten. */
    for (unsigned i = 0; i < count; i++) {
        long fd = csys_fcntl(spawn->sources[i], CSYS_F_DUPFD_CLOEXEC, count + 1);
        if (fd < 0) child_fails(spawn, CSYS_NR_fcntl, fd);
        moved[i] = (int)fd;
    }
    long image = csys_fcntl(spawn->image, CSYS_F_DUPFD_CLOEXEC, count + 1);
    if (image < 0) child_fails(spawn, CSYS_NR_fcntl, image);

    for (unsigned i = 0; i < count; i++) {
        long fd = csys_dup3(moved[i], (int)i, 0);
        if (fd < 0) child_fails(spawn, CSYS_NR_dup3, fd);
    }
    long at = csys_dup3((int)image, (int)count, CSYS_O_CLOEXEC);
    if (at < 0) child_fails(spawn, CSYS_NR_dup3, at);

    /* The host's descriptors, whatever their close-on-exec says (CVE-2024-21626). */
    long closed = csys_close_range(count + 1, ~0u, 0);
    if (closed < 0) child_fails(spawn, CSYS_NR_close_range, closed);

    child_fails(spawn, CSYS_NR_execveat,
                csys_execveat((int)count, "", spawn->arguments, spawn->environment, CSYS_AT_EMPTY_PATH));
}

int csys_spawn(int image, const char *const arguments[], const char *const environment[], const int sources[],
               unsigned count, struct csys_spawned *to)
{
    char stack[child_stack] __attribute__((aligned(16)));
    int32_t pidfd = -1;
    struct spawn spawn = {image, arguments, environment, sources, count, 0, 0};
    struct csys_clone_args args = {
        .flags = CSYS_CLONE_VM | CSYS_CLONE_VFORK | CSYS_CLONE_PIDFD | CSYS_CLONE_CLEAR_SIGHAND,
        .pidfd = (uint64_t)&pidfd,
        .exit_signal = CSYS_SIGCHLD,
        .stack = (uint64_t)stack,
        .stack_size = sizeof stack,
    };

    *to = (struct csys_spawned){-1, -1, CSYS_NR_clone3};
    if (count > most_sources) return -7; /* E2BIG */

    /* A handler that ran in the child would run the host's code there; exec would also inherit the pending
     * signal. The jailer sets the mask it needs itself. */
    uint64_t all = ~0ull, before;
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &all, &before);
    long pid = csys_clone_onto(&args, child, &spawn);
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &before, 0);
    if (pid < 0) return (int)pid;

    if (spawn.error) {
        struct csys_siginfo ignored;
        while (csys_waitid(CSYS_P_PIDFD, pidfd, &ignored, CSYS_WEXITED | CSYS_WALL, 0) == -CSYS_EINTR) {}
        csys_close(pidfd);
        to->call = spawn.call;
        return spawn.error;
    }
    *to = (struct csys_spawned){(int32_t)pid, pidfd, 0};
    return 0;
}
