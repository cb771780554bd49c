/* Counts what is allocated by a program that this is preloaded into (LD_PRELOAD): calls of malloc and its kin by all its threads,
 * and their bytes. The program asks by `benchmark_allocations`, which it finds with dlsym(3). */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

static atomic_ulong count, bytes;

static void note(size_t n)
{
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&bytes, n, memory_order_relaxed);
}

void benchmark_allocations(uint64_t to[2])
{
    to[0] = atomic_load(&count);
    to[1] = atomic_load(&bytes);
}

void *malloc(size_t n) { note(n); return __libc_malloc(n); }
void *calloc(size_t n, size_t of) { note(n * of); return __libc_calloc(n, of); }
void *realloc(void *old, size_t n) { note(n); return __libc_realloc(old, n); }
void *memalign(size_t alignment, size_t n) { note(n); return __libc_memalign(alignment, n); }
void *aligned_alloc(size_t alignment, size_t n) { note(n); return __libc_memalign(alignment, n); }
int posix_memalign(void **to, size_t alignment, size_t n)
{
    note(n);
    void *made = __libc_memalign(alignment, n);
    if (!made) return ENOMEM;
    *to = made;
    return 0;
}
