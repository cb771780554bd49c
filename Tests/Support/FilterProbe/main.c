/* Loads system call filters, then makes one call and says what the kernel answered, or becomes a program.
 *
 *     FilterProbe FILTERS call NUMBER [ARGUMENT…]    by the processor's own interface
 *     FilterProbe FILTERS call32 NUMBER [ARGUMENT…]  by the i386 one (int 0x80), on x86_64
 *     FilterProbe FILTERS exec PROGRAM [ARGUMENT…]
 *
 * FILTERS is a file: for each filter a 64-bit count and as many struct sock_filter. "-" is none. An argument is a number, or
 * "=text", which stands for the address of the text, or "terminal", which stands for a descriptor of a new one.
 * The answer is printed as a number: a result, or -errno.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "csyscalls.h"

enum { most_filters = 8, failed = 111 };

static void fail(const char *what)
{
    perror(what);
    exit(failed);
}

static void load(const char *path)
{
    static struct sock_filter instruction[most_filters][BPF_MAXINSNS];
    struct sock_fprog program[most_filters];
    int count = 0;
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    for (uint64_t length; count < most_filters && fread(&length, sizeof length, 1, file) == 1; count++) {
        if (length > BPF_MAXINSNS || fread(instruction[count], sizeof **instruction, length, file) != length) fail("filter");
        program[count] = (struct sock_fprog){(unsigned short)length, instruction[count]};
    }
    fclose(file);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("no_new_privs");
    for (int i = 0; i < count; i++)
        if (csys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program[i])) fail("seccomp");
}

static long terminal(void)
{
    int main_end = posix_openpt(O_RDWR | O_NOCTTY);
    if (main_end < 0 || unlockpt(main_end)) fail("terminal");
    int fd = open(ptsname(main_end), O_RDWR | O_NOCTTY);
    if (fd < 0) fail("terminal");
    return fd;
}

static long argument(const char *text)
{
    if (*text == '=') return (long)(text + 1);
    if (!strcmp(text, "terminal")) return terminal();
    return (long)strtoull(text, 0, 0);
}

static long call32(long number, const long a[6])
{
#if defined(__x86_64__)
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]) : "memory");
    return (int)result;
#else
    (void)number, (void)a;
    return -CSYS_ENOSYS;
#endif
}

int main(int count, char **argv)
{
    if (count < 4) return failed;
    /* Whoever starts this may block signals, as a thread of a pool does. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    /* Everything that might need a call of its own comes before the filter. */
    long a[6] = {0};
    const int exec = !strcmp(argv[2], "exec");
    if (!exec)
        for (int i = 4; i < count && i < 10; i++) a[i - 4] = argument(argv[i]);
    if (strcmp(argv[1], "-")) load(argv[1]);
    if (exec) {
        execv(argv[3], argv + 3);
        fail(argv[3]);
    }
    const long number = (long)strtoull(argv[3], 0, 0);
    const long result = strcmp(argv[2], "call32") ? csys_call(number, a[0], a[1], a[2], a[3], a[4], a[5]) : call32(number, a);
    char text[32];
    const int length = snprintf(text, sizeof text, "%ld", result);
    csys_write(1, text, (size_t)length);
    csys_exit_group(0);
}
