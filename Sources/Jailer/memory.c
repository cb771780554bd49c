/* What clang calls for copies and clears of structures; the image has no libc to take them from. */
#if defined(JAILER_IMAGE)

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int value, size_t n);

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    void *t = to;
#if defined(__x86_64__)
    __asm__ volatile("rep movsb" : "+D"(t), "+S"(from), "+c"(n) : : "memory");
#else
    const char *f = from;
    for (char *c = t; n--;) *c++ = *f++;
#endif
    return to;
}

void *memset(void *to, int value, size_t n)
{
    void *t = to;
#if defined(__x86_64__)
    __asm__ volatile("rep stosb" : "+D"(t), "+c"(n) : "a"(value) : "memory");
#else
    for (char *c = t; n--;) *c++ = (char)value;
#endif
    return to;
}

#else
typedef int jailer_memory_is_the_c_library_s;
#endif
