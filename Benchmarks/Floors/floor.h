/* The floors: the same jail as the library's, made by nothing but system calls, as fast as they can be made. What it is made of
 * comes from the library's own plan, as the harness writes it down (specification.c). */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdint.h>

#include "csyscalls.h"

/* specification.c */

enum piece_kind {
    piece_bind,      /* a part of the host: part of the tree that is made beforehand */
    piece_symlink,   /* "" */
    piece_file,      /* "" */
    piece_directory, /* "" */
    piece_fresh,     /* a file system that each jail has of its own */
    piece_read_only, /* a path upon itself, of a fresh one */
    piece_mask,      /* a path of a fresh one that is covered */
};

struct piece {
    enum piece_kind kind;
    const char *path;   /* relative to the root */
    const char *other;  /* source, target of a link, type of a file system */
    const char *options;
    uint64_t flags;     /* MOUNT_ATTR_* of a bind, MS_* of a fresh one */
    int recursive, is_directory;
    unsigned mode;
    uint64_t length;    /* of `other`, as the bytes of a file */
};

struct limit {
    int kind;
    struct csys_rlimit bounds;
};

struct specification {
    unsigned inside, outside; /* the payload's uid and gid, by the jail's and by the host's count */
    const char *host_name, *root_options, *directory;
    unsigned long secure_bits;
    unsigned mask;
    struct piece piece[256];
    unsigned pieces;
    struct limit limit[32];
    unsigned limits;
    struct csys_sock_fprog filter[8], init_filter[4];
    unsigned filters, init_filters;
    uint64_t environment[32]; /* pointers */
};

extern struct specification specification;
void read_specification(const char *path);

/* tree.c: the detached tree of everything that does not differ between jails */
int build_tree(void);

/* jail.c: what a jail's first process does, from its birth on */

enum {
    descriptor_host = 3, /* a pidfd of this process */
    descriptor_gate = 4, /* what a parked payload waits for */
};

/* What the floor, its launcher and the jails have in common; in shared memory. */
struct shared {
    int32_t code, status; /* the payload's end */
    uint64_t user_ns, system_ns, max_resident_kib;
    int32_t output;       /* the payload's descriptor 1 */
    int32_t parked;       /* a payload waits at the gate before its program begins */
    uint64_t arguments[16]; /* pointers, ended by 0 */
    char text[1024];
};
extern struct shared *shared;

/* How much of the way a launcher has gone already, for all its jails. */
enum progress { progress_none, progress_launcher };

void raise_loopback(void);
void fresh_mounts(const char *null, const char *empty);
void lose_rights(void);
__attribute__((noreturn)) void live(enum progress done);

/* oneshot.c, launcher.c: the kinds. */
struct kind {
    const char *name;
    void (*prepare)(void); /* once */
    void (*before)(void);  /* before each spawn, not measured with it; may be null */
    void (*start)(void);   /* the spawn */
    int launcher;          /* pid of it, where there is one */
};
extern struct kind kind_base, kind_oneshot, kind_oneshot_unprepared, kind_launcher_own, kind_launcher_ahead, kind_parked;

__attribute__((noreturn)) void die(const char *what, long error);
/* Ends with a message where a call failed. */
#define MUST(name, ...) must(#name, csys_##name(__VA_ARGS__))
static inline long must(const char *what, long result)
{
    if (__builtin_expect(result < 0, 0)) die(what, result);
    return result;
}

#define ALL_BUT_USER_AND_MOUNT \
    (CSYS_CLONE_NEWPID | CSYS_CLONE_NEWIPC | CSYS_CLONE_NEWUTS | CSYS_CLONE_NEWCGROUP | CSYS_CLONE_NEWTIME)

#endif
