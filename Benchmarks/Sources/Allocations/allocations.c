/* Counts what is allocated by a program that this is linked to with `--wrap`: calls of malloc and its kin by all
 * its threads, and their bytes. Linked rather than preloaded, since the probe is static, as the tool is: both come of one build. */
#include "allocations.h"

#include <stdatomic.h>
#include <stddef.h>

extern void *__real_malloc(size_t), *__real_calloc(size_t, size_t), *__real_realloc(void *, size_t);
extern void *__real_memalign(size_t, size_t), *__real_aligned_alloc(size_t, size_t);
extern int __real_posix_memalign(void **, size_t, size_t);

static atomic_ulong count, bytes;

static void note(size_t n)
{
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&bytes, n, memory_order_relaxed);
}

struct allocations allocations_now(void)
{
    return (struct allocations){atomic_load(&count), atomic_load(&bytes)};
}

void *__wrap_malloc(size_t n) { note(n); return __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t of) { note(n * of); return __real_calloc(n, of); }
void *__wrap_realloc(void *old, size_t n) { note(n); return __real_realloc(old, n); }
void *__wrap_memalign(size_t alignment, size_t n) { note(n); return __real_memalign(alignment, n); }
void *__wrap_aligned_alloc(size_t alignment, size_t n) { note(n); return __real_aligned_alloc(alignment, n); }
int __wrap_posix_memalign(void **to, size_t alignment, size_t n) { note(n); return __real_posix_memalign(to, alignment, n); }
