#include "csyscalls.h"

/* A sanitizer or a stack protector would call into the host's runtime from the child. */
__attribute__((noinline, no_stack_protector, no_sanitize("address", "thread", "undefined")))
int csys_attempt_namespaces(uint64_t flags)
{
    int32_t pidfd = -1;
    /* Without an exit signal, it is no child that a host's wait for any child could take. */
    struct csys_clone_args args = {
        .flags = flags | CSYS_CLONE_PIDFD | CSYS_CLONE_CLEAR_SIGHAND,
        .pidfd = (uint64_t)&pidfd,
    };

    /* A handler of the host must not run in the child. */
    uint64_t all = ~0ull, before;
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &all, &before);
    long pid = csys_clone3(&args);
    if (pid == 0)
        for (;;) csys_exit_group(0);
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &before, 0);
    if (pid < 0) return (int)pid;

    struct csys_siginfo ignored;
    while (csys_waitid(CSYS_P_PIDFD, pidfd, &ignored, CSYS_WEXITED | CSYS_WALL, 0) == -CSYS_EINTR) {}
    csys_close(pidfd);
    return 0;
}
