#include "csyscalls.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TOLD 1
#endif
#endif

#ifdef TOLD
void __tsan_acquire(void *);
void __tsan_release(void *);
void csys_lock_taken(void *what) { __tsan_acquire(what); }
void csys_lock_given(void *what) { __tsan_release(what); }
#else
void csys_lock_taken(void *what) { (void)what; }
void csys_lock_given(void *what) { (void)what; }
#endif
