/* Where the image begins: descriptors 0, 1, 2 and the plan's first slots, and nothing else of its parent. */
#include "interpreter.h"

#if defined(JAILER_IMAGE)

enum { last_signal = 64 };

/* Exits before there is a report, each with its own status, which the host turns into a sentence. */
__attribute__((noreturn)) static void refuse(int status)
{
    for (;;) csys_exit_group(status);
}

/* An ignored SIGCHLD would be inherited through exec, and would lose the payload's status; a blocked signal
 * would stay blocked in the payload. */
static void reset_signals(void)
{
    const struct csys_sigaction standard = {0, 0, 0, 0};
    for (int signal = 1; signal <= last_signal; signal++) csys_rt_sigaction(signal, &standard, 0);
    const uint64_t all = ~0ull;
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &all, 0);
}

__attribute__((noreturn, used)) void jailer_main(void)
{
    static struct jailer j;

    reset_signals();
    /* Neutral: what a jail's process sees as its init's. Older kernels name it after the descriptor that was executed. */
    static const char name[] = "init";
    csys_prctl(CSYS_PR_SET_NAME, (unsigned long)name, 0, 0, 0);
    csys_setsid(); /* a kill(0, …) must not reach the host, nor its terminal's Ctrl-C the jail */

    const int refusal = jailer_load(&j, jailer_fd_arena);
    if (refusal) refuse(refusal);
    j.control = jailer_fd_control;

    for (unsigned i = 0; i < j.header->passed_count; i++) {
        j.slot[i] = (int32_t)(jailer_first_slot + i);
        if (csys_fcntl(j.slot[i], CSYS_F_SETFD, CSYS_FD_CLOEXEC) < 0) refuse(106);
    }
    for (int fd = 0; fd < jailer_first_slot; fd++)
        if (csys_fcntl(fd, CSYS_F_SETFD, CSYS_FD_CLOEXEC) < 0) refuse(107);

    jailer_run(&j, JAILER_STAGE_LAUNCHER);
    /* A plan that is whole never comes back: its last steps become a launcher's end, an init, a program. */
    j.call = 0;
    jailer_fail(&j, -CSYS_ENOEXEC);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall jailer_main\n\tud2\n");
#else
__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tbl jailer_main\n\tbrk 1\n");
#endif

#endif

#include "uninstrumented_end.h"
