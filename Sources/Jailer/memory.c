/* What clang calls for copies and clears of structures; the image has no libc to take them from. */
#if defined(JAILER_IMAGE)

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int value, size_t n);

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    char *t = to;
    const char *f = from;
    while (n--) *t++ = *f++;
    return to;
}

void *memset(void *to, int value, size_t n)
{
    char *t = to;
    while (n--) *t++ = (char)value;
    return to;
}

#else
typedef int jailer_memory_is_the_c_library_s;
#endif
