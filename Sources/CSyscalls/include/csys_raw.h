/* Raw system calls: one instruction, no errno, no cancellation point, nothing of libc.
 * Each gives what the kernel gives: a result, or -errno.
 */
#ifndef CSYS_RAW_H
#define CSYS_RAW_H

#include <stdint.h>

#if defined(CSYS_IMITATED)

/* The fuzzer's own (Tests/Fuzz): the jailer runs without a kernel. */
long csys_call(long number, long a, long b, long c, long d, long e, long f);

#elif defined(__x86_64__)

static inline long csys_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

static inline long csys_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

#endif

/* Of memory that another process maps, too. */
static inline void csys_atomic_or(uint64_t *word, uint64_t bits) { __atomic_fetch_or(word, bits, __ATOMIC_ACQ_REL); }

#endif
