/* A clone whose child shares its parent's memory, and so needs a stack of its own from its first instruction. */
#ifndef CSYS_CLONE_H
#define CSYS_CLONE_H

#include "csys_numbers.h"
#include "csys_structs.h"

/* clone3(args), and in the child `function(argument)` on the stack that `args` names; it must not return. Gives the
 * child's number to the parent, or -errno. */
#if defined(CSYS_IMITATED)
long csys_clone_onto(struct csys_clone_args *args, void (*function)(void *), void *argument);
#else
static __attribute__((noinline, unused)) long csys_clone_onto(struct csys_clone_args *args, void (*function)(void *),
                                                              void *argument)
{
#if defined(__x86_64__)
    register long result __asm__("rax") = CSYS_NR_clone3;
    register long a0 __asm__("rdi") = (long)args;
    register long a1 __asm__("rsi") = sizeof *args;
    register void *r12 __asm__("r12") = argument;
    register void (*r13)(void *) __asm__("r13") = function;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r12, %%rdi\n\t"
                     "call *%%r13\n\t"
                     "ud2\n"
                     "1:"
                     : "+r"(result)
                     : "r"(a0), "r"(a1), "r"(r12), "r"(r13)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = CSYS_NR_clone3;
    register long x0 __asm__("x0") = (long)args;
    register long x1 __asm__("x1") = sizeof *args;
    register void *x20 __asm__("x20") = argument;
    register void (*x21)(void *) __asm__("x21") = function;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, x20\n\t"
                     "blr x21\n\t"
                     "brk 1\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x20), "r"(x21)
                     : "memory");
    return x0;
#endif
}

#endif

#endif
