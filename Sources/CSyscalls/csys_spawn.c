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

IN_CHILD static void child(struct spawn *spawn)
{
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

/* clone3, and in the child `child(spawn)` on the stack that `args` names. */
static __attribute__((noinline)) long clone_to_child(struct csys_clone_args *args, struct spawn *spawn)
{
#if defined(__x86_64__)
    register long result __asm__("rax") = CSYS_NR_clone3;
    register long a0 __asm__("rdi") = (long)args;
    register long a1 __asm__("rsi") = sizeof *args;
    register struct spawn *argument __asm__("r12") = spawn;
    register void (*function)(struct spawn *) __asm__("r13") = child;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r12, %%rdi\n\t"
                     "call *%%r13\n\t"
                     "ud2\n"
                     "1:"
                     : "+r"(result)
                     : "r"(a0), "r"(a1), "r"(argument), "r"(function)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = CSYS_NR_clone3;
    register long x0 __asm__("x0") = (long)args;
    register long x1 __asm__("x1") = sizeof *args;
    register struct spawn *argument __asm__("x20") = spawn;
    register void (*function)(struct spawn *) __asm__("x21") = child;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, x20\n\t"
                     "blr x21\n\t"
                     "brk 1\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(argument), "r"(function)
                     : "memory");
    return x0;
#endif
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
    long pid = clone_to_child(&args, &spawn);
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &before, 0);
    if (pid < 0) return (int)pid;

    if (spawn.error) {
        struct csys_siginfo ignored;
        csys_waitid(CSYS_P_PIDFD, pidfd, &ignored, CSYS_WEXITED | CSYS_WALL, 0);
        csys_close(pidfd);
        to->call = spawn.call;
        return spawn.error;
    }
    *to = (struct csys_spawned){(int32_t)pid, pidfd, 0};
    return 0;
}
