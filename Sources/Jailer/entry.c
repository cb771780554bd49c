/* Where the image begins: descriptors 0, 1, 2 and the plan's first slots, and nothing else of its parent. */
#include "interpreter.h"

#if defined(JAILER_IMAGE)

enum { last_signal = 64 };

static uint64_t file_size(int fd)
{
    long end = csys_lseek(fd, 0, 2);
    return end < 0 ? 0 : (uint64_t)end;
}

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
    csys_setsid(); /* a kill(0, …) must not reach the host, nor its terminal's Ctrl-C the jail */

    const uint64_t whole = file_size(jailer_fd_arena);
    struct jailer_header header;
    if (csys_pread64(jailer_fd_arena, &header, sizeof header, 0) != sizeof header) refuse(101);
    if (header.magic != JAILER_MAGIC || header.version != JAILER_VERSION) refuse(102);
    if (header.report_offset % 65536 || header.size > header.report_offset || header.report_offset > whole ||
        header.report_size > whole - header.report_offset || header.report_size < sizeof(struct jailer_report))
        refuse(103);

    long arena = csys_mmap(0, header.size, CSYS_PROT_READ | CSYS_PROT_WRITE, CSYS_MAP_PRIVATE, jailer_fd_arena, 0);
    long report = csys_mmap(0, header.report_size, CSYS_PROT_READ | CSYS_PROT_WRITE, CSYS_MAP_SHARED, jailer_fd_arena,
                            (int64_t)header.report_offset);
    if ((unsigned long)arena > -4096ul || (unsigned long)report > -4096ul) refuse(104);

    j.arena = (uint8_t *)arena;
    j.size = header.size;
    j.header = (const struct jailer_header *)arena;
    j.report = (struct jailer_report *)report;
    for (unsigned i = 0; i < jailer_most_slots; i++) j.slot[i] = slot_empty;
    if (jailer_check(j.arena, j.size, header.report_size) < 0) refuse(105);
    j.operation = (const struct jailer_operation *)(const void *)(j.arena + j.header->operation_offset);

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
