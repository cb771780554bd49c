/* enter(): a plan is carried out by the calling process itself, on every thread that it has. */
#ifndef JAILER_ENTER_H
#define JAILER_ENTER_H

#include <stdint.h>

/* Why nothing was changed. */
enum jailer_refusal {
    JAILER_REFUSAL_NONE = 0,
    JAILER_REFUSAL_BUSY = 1,       /* another thread is entering */
    JAILER_REFUSAL_PLAN = 2,       /* the plan is malformed */
    JAILER_REFUSAL_MEMORY = 3,     /* there is no memory to prepare it in */
    JAILER_REFUSAL_NO_PROC = 4,    /* /proc cannot be reached: `error` */
    JAILER_REFUSAL_FOREIGN_PROC = 5, /* /proc is no procfs, or one of another pid namespace */
    JAILER_REFUSAL_SIGNAL = 6,     /* the signal cannot be taken, or not be sent to `thread`: `error` */
    JAILER_REFUSAL_KERNEL_THREAD = 7, /* `thread` is one of io_uring's or of vhost's, and runs no handler */
    JAILER_REFUSAL_MASKED = 8,     /* `thread` blocks the signal that the C library keeps for itself */
    JAILER_REFUSAL_SILENT = 9,     /* `thread` did not answer in time */
    JAILER_REFUSAL_TOO_MANY = 10,  /* there are more threads than it can hold */
    JAILER_REFUSAL_UNSHARED = 11,  /* `thread` has descriptors, or a root and a working directory, of its own */
    JAILER_REFUSAL_IO_URING = 12,  /* `descriptor` is a ring, by which the kernel acts with the rights of before */
    JAILER_REFUSAL_DIRECTORY = 13, /* `descriptor` is a directory, which leads out of the new root */
    JAILER_REFUSAL_STEP = 14,      /* the first step that would have changed something failed: `step`, `call`, `error` */
    JAILER_REFUSAL_THREADED = 15,  /* it takes a single thread; `thread` is another one */
    JAILER_REFUSAL_REGISTERED_RING = 16, /* `thread` has registered an io_uring, which needs no descriptor */
    JAILER_REFUSAL_MAPPED_RING = 17,     /* an io_uring is held by its mapping */
    JAILER_REFUSAL_SECURE_BITS = 18,     /* `thread` has other securebits, which the plan would not make the same */
    JAILER_REFUSAL_QUEUE = 19,     /* the user's queue of signals is full, and stays so: `thread` was not asked */
};

/* How each thread is looked at. */
#define JAILER_ENTER_WITHOUT_PROC 1u  /* no thread is touched: only what is the whole process's is to be done */
#define JAILER_ENTER_ALONE 2u         /* something in the plan takes a process of one thread */
#define JAILER_ENTER_CHANGES_ROOT 4u  /* a directory that stays open would lead out */

struct jailer_entrance {
    /* What is to be done: a plan as jailer_plan.h has it, of the stage ENTER alone. */
    const uint8_t *plan;
    uint64_t plan_size;
    uint32_t options;
    int32_t signal;          /* the one that the C library keeps for itself, and never blocks for long */
    uint32_t patience;       /* how long a thread may take to answer, in milliseconds */
    /* What it says of a failure after the first change, when nobody is left to put words together; each may be NULL. */
    const char *step_texts;  /* for each step its policy path, and what its call is about: strings, one after the other */
    const char *error_texts; /* for each errno from 0 to 133 its name and meaning */
    const char *hints;       /* EXECUTE's: an errno, a JAILER_DETAIL_* and a string each, until an errno of 0 */
    /* What came of it. */
    uint32_t refusal;        /* enum jailer_refusal */
    int32_t thread, descriptor;
    int32_t error;           /* -errno */
    uint32_t call, step, detail;
    uint32_t threads;        /* that were changed and looked at, this one included */
    uint32_t rings_unseen;   /* a thread could not be asked whether it has registered a ring */
    uint32_t filter_seen;    /* whether each thread's filter was read back, and not only answered for by seccomp(2) */
    uint8_t *seen;           /* a byte for each step, or NULL: what it asks for was found on each thread that has it */
    const uint32_t *waiters; /* descriptors that stay open though nobody named them, until the next attempt */
    uint32_t waiter_count;
    uint64_t nanoseconds;    /* for which the other threads stood still */
};

/* Parks every other thread, carries the plan out, looks at each thread, and lets them go on. It comes back when all of it holds,
 * or when nothing was changed. Where something fails after the first change, it writes the step to standard error and ends the
 * process: half a jail is none. From the first parked thread to the last released one it calls nothing but the kernel. */
void jailer_enter(struct jailer_entrance *entrance);

#endif
