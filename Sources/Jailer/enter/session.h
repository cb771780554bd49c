/* What enter()'s files share: one attempt, of which there is never more than one at a time. */
#ifndef SESSION_H
#define SESSION_H

#include "../interpreter.h"
#include "../include/jailer_enter.h"

enum { most_threads = 16384 };

enum task_state {
    task_asked = 1,  /* the signal is on its way */
    task_parked = 2, /* it stands in the handler */
    task_gone = 3,   /* it has ended, or is not waited for any more */
};

/* Whether a thread has an io_uring that needs no descriptor. */
enum task_rings {
    rings_none = 0,
    rings_some = 1,
    rings_unseen = 2, /* a filter does not let it ask, or the kernel has none */
};

/* What the parked threads are told to do. */
enum verb {
    verb_perform = 1, /* the steps of scope t from `from` to `to` */
    verb_release = 2,
};

struct task {
    int32_t tid;
    uint32_t state; /* enum task_state; changed by both sides */
    int32_t error;  /* of the step that failed on it */
    uint32_t call, step;
    uint32_t secure_bits; /* which no file of /proc shows */
    uint32_t rings;       /* enum task_rings */
};

/* Namespaces that a thread has, by their files. */
enum { jailer_namespace_count = 7 };
extern const struct jailer_namespace {
    uint64_t flag;
    const char *name;
} jailer_namespace[jailer_namespace_count];

struct session {
    struct jailer_entrance *entrance;
    struct jailer *own;     /* this thread's interpreter */
    struct jailer *context; /* one for each parked thread */
    struct task *task;
    uint32_t tasks, standing; /* known; parked */
    int32_t pid, tid;
    uint32_t generation;
    /* Words that threads wait on. */
    uint32_t parked, command, done;
    uint32_t verb, from, to;
    uint64_t before[jailer_namespace_count]; /* inodes of the namespaces that it had */
    uint64_t root_before;                    /* the mount that its root was */
    struct csys_statx root_wanted;           /* the directory that is to be its root */
    struct csys_sigaction saved; /* the C library's handler */
    int32_t listing;             /* what lists descriptors, and is one */
    int handler_stays;           /* a signal may still be on its way */
    int changed;                 /* from here on there is no way back */
};

extern struct session jailer_session;


/* gather.c: 0, or a refusal, with nobody parked. */
uint32_t jailer_gather(struct session *s);

/* look.c: 0, or a refusal: what is asked when all stand, and nothing is changed. */
uint32_t jailer_look(struct session *s);
void jailer_look_here(struct task *task); /* by the thread itself, before it stands */

/* handler.c */
long jailer_take_signal(struct session *s);
long jailer_give_signal_back(struct session *s);
long jailer_ask(struct session *s, uint32_t index);

/* apply.c: a refusal where nothing was changed, or 0; or does not come back. */
uint32_t jailer_apply(struct session *s);
char jailer_scope(uint16_t code);
void jailer_perform_here(struct session *s, struct jailer *j, struct task *task);
void jailer_command(struct session *s, uint32_t verb);

/* verify.c: what the steps before `to` have said of each thread; a limit; the filter. They come back where it holds. */
void jailer_note_namespaces(struct session *s);
void jailer_verify(struct session *s, uint32_t to);
void jailer_verify_limit(struct session *s, uint32_t step);
void jailer_verify_filter(struct session *s, uint32_t step);
__attribute__((noreturn)) void jailer_die(struct session *s, int32_t tid, uint32_t step, uint32_t call, long error,
                                          const char *what);

/* process.c: files of /proc/self/task, without a C library */
char *jailer_digits(char *to, uint64_t number); /* ended by NUL; where that stands */
uint64_t jailer_path(char *to, int32_t tid, const char *rest);
long jailer_read_file(struct session *s, int32_t tid, const char *name, char *to, uint64_t size);
/* Where the value of a line of a status file begins; 0 where there is none. */
const char *jailer_field(const char *status, const char *name);
/* The number there, and where it ends. */
int jailer_number(const char **at, unsigned base, uint64_t *to);
/* Calls `each` with every number in a directory of /proc, until it gives something else than 0. */
long jailer_each_number(int directory, long (*each)(void *with, int32_t number), void *with);

#endif
