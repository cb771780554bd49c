/* What the interpreter's files share. */
#ifndef INTERPRETER_H
#define INTERPRETER_H

/* What runs in enter()'s handler, on whatever thread it finds and while others stand still, calls nothing of a sanitizer: a
 * thread that that does not know has no place for its notes, and one that stands still may hold its locks. It ends in
 * uninstrumented_end.h, as the last line of each file. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#pragma clang attribute push(__attribute__((disable_sanitizer_instrumentation)), apply_to = function)
#define JAILER_UNINSTRUMENTED
#endif
#endif

#include "csys_calls.h"
#include "csys_clone.h"
#include "jailer_plan.h"

enum {
    slot_empty = -1,
    slot_absent = -2, /* an optional source that is not there: what would use it is left out */
};

struct jailer {
    uint8_t *arena;
    uint64_t size;
    const struct jailer_header *header;
    const struct jailer_operation *operation;
    struct jailer_report *report;
    uint64_t report_size;
    uint32_t step;  /* index of the operation being carried out */
    uint32_t stage;
    uint32_t call;  /* number of the last system call made through CALL */
    uint32_t begun; /* in enter(): a call of this step has succeeded, so that its failure is no refusal */
    int32_t control; /* where messages to the host go */
    int32_t children; /* in an init that shares its pid namespace: the list of its children; 0 in any other */
    uint64_t open_files; /* the soft limit that the host had; 0 where it is in force */
    int32_t gate;    /* in the jail: what its launcher says by that the maps are written; in the payload's process: what tells
                      * its init by closing that the program runs */
    int32_t payload; /* in an init: its number, until it has been reaped */
    int32_t several_ids; /* in an init: processes of the jail may have other ids than it */
    int32_t is_first; /* in an init: whether it is pid 1 of the payload's pid namespace */
    int32_t has_root; /* that it did not build itself */
    int32_t home, ahead; /* mount namespaces: of a parked launcher, and of the jail that it clones next; -1 where there is none */
    int32_t procfs;  /* the one whose names are being covered, while it is the working directory; what covers by name */
    const char *covered_file, *covered_directory;
    const uint32_t *waiters; /* in enter(): descriptors by which the program's run time waits, which lead nowhere */
    uint32_t waiter_count;
    int32_t inspected; /* in enter(): /proc/self/task, by which it looks at its threads; closed at the end */
    struct {
        int32_t fd, root;
        const char *path; /* of something in it; its own name ends after `length` */
        uint64_t length;
    } parent;        /* paths.c */
    int32_t slot[jailer_most_slots];
};

/* Makes a call and remembers its number, so that a failure can be named. */
#define CALL(j, name, ...) ((j)->call = CSYS_NR_##name, csys_##name(__VA_ARGS__))

/* Gives up with what the call gave, unless it succeeded. */
#define TRY(j, name, ...) \
    do { \
        long tried = CALL(j, name, __VA_ARGS__); \
        if (tried < 0) return tried; \
        (j)->begun = 1; \
    } while (0)

/* arena.c: maps a plan and its report, and checks both: 0, or the exit status that says what is wrong */
int jailer_load(struct jailer *j, int arena);
void jailer_unload(struct jailer *j);

/* check.c: whether a plan is sound; whether an operation fills a slot, and which */
long jailer_check(const uint8_t *arena, uint64_t size, uint64_t report_size);
int jailer_fills(const struct jailer_operation *op, uint64_t *slot);

/* interpret.c: carries out the operations of the stage it is in, until one changes the process's role */
void jailer_run(struct jailer *j, uint32_t stage);
__attribute__((noreturn)) void jailer_fail(struct jailer *j, long error);
uint64_t jailer_now(void);
/* Ends this process where the host is gone: before it makes another one, which would outlive the host. */
void jailer_require_host(void);
/* One operation, whatever it is: 0 or more, or -errno. */
long jailer_perform(struct jailer *j, const struct jailer_operation *op);

/* slots.c */
int jailer_slot(struct jailer *j, uint64_t index);
void jailer_set_slot(struct jailer *j, uint64_t index, long fd);
long jailer_send(struct jailer *j, uint32_t kind, int32_t pid, int fd);

/* paths.c */
long jailer_open_in(struct jailer *j, int root, const char *path, uint64_t flags);
/* Where something is to be mounted: never the root itself, which gives ELOOP. */
long jailer_open_place(struct jailer *j, int root, const char *path);
/* The same file, by the same mount. (One mount of a file system has subvolumes that number their files each from the same number on,
 * and tell themselves apart by their device.) */
enum { jailer_identity = CSYS_STATX_INO | CSYS_STATX_MNT_ID };
static inline int jailer_is_same(const struct csys_statx *one, const struct csys_statx *other)
{
    return one->stx_ino == other->stx_ino && one->stx_dev_major == other->stx_dev_major &&
           one->stx_dev_minor == other->stx_dev_minor && one->stx_mnt_id == other->stx_mnt_id;
}
/* Whether what was looked at before is at `path` now. */
int jailer_is_at(const char *path, const struct csys_statx *wanted);

/* The directory that `path` lies in, made where missing, and where its last name begins. It stays open until the next one is
 * asked for, or until it is forgotten: it must be where something may have been mounted upon it. */
long jailer_parent(struct jailer *j, int root, const char *path, const char **name);
void jailer_forget_parent(struct jailer *j);

static inline const char *jailer_string(const struct jailer *j, uint64_t offset) { return (const char *)j->arena + offset; }
static inline uint8_t *jailer_bytes(const struct jailer *j, uint64_t offset) { return j->arena + offset; }
static inline uint64_t *jailer_vector(const struct jailer *j, uint64_t offset) { return (uint64_t *)(void *)(j->arena + offset); }
static inline uint64_t jailer_length(const char *string)
{
    uint64_t n = 0;
    while (string[n]) n++;
    return n;
}

/* confine.c: whether KEEP_DESCRIPTORS leaves a descriptor open */
int jailer_keeps(const struct jailer *j, const struct jailer_operation *op, uint32_t number);

/* Every operation's function is op_NAME in lower case; interpret.c's switch is their only caller. */
typedef const struct jailer_operation *jailer_op;
long op_raise_open_files(struct jailer *, jailer_op);
long op_open_tree(struct jailer *, jailer_op);
long op_make_id_namespace(struct jailer *, jailer_op);
long op_map_tree(struct jailer *, jailer_op);
long op_clone_jail(struct jailer *, jailer_op);
long op_become(struct jailer *, jailer_op);
long op_new_session_keyring(struct jailer *, jailer_op);
long op_make_mounts_private(struct jailer *, jailer_op);
long op_set_host_name(struct jailer *, jailer_op);
long op_set_domain_name(struct jailer *, jailer_op);
long op_raise_loopback(struct jailer *, jailer_op);
long op_unshare(struct jailer *, jailer_op);
long op_write_process_file(struct jailer *, jailer_op);
long op_new_filesystem(struct jailer *, jailer_op);
long op_attach_root(struct jailer *, jailer_op);
long op_attach(struct jailer *, jailer_op);
long op_make_directory(struct jailer *, jailer_op);
long op_make_symlink(struct jailer *, jailer_op);
long op_make_file(struct jailer *, jailer_op);
long op_mask_path(struct jailer *, jailer_op);
long op_make_read_only(struct jailer *, jailer_op);
long op_enter_root(struct jailer *, jailer_op);
long op_change_directory(struct jailer *, jailer_op);
long op_close(struct jailer *, jailer_op);
long op_limit_bounding_set(struct jailer *, jailer_op);
long op_set_secure_bits(struct jailer *, jailer_op);
long op_set_capabilities(struct jailer *, jailer_op);
long op_set_no_new_privileges(struct jailer *, jailer_op);
long op_forbid_dumping(struct jailer *, jailer_op);
long op_open_terminal(struct jailer *, jailer_op);
long op_start_payload(struct jailer *, jailer_op);
long op_new_session(struct jailer *, jailer_op);
long op_take_terminal(struct jailer *, jailer_op);
long op_install_descriptors(struct jailer *, jailer_op);
long op_set_resource_limit(struct jailer *, jailer_op);
long op_set_umask(struct jailer *, jailer_op);
long op_load_filter(struct jailer *, jailer_op);
long op_execute(struct jailer *, jailer_op);
long op_write_sysctl(struct jailer *, jailer_op);
long op_park(struct jailer *, jailer_op);
long op_open_root(struct jailer *, jailer_op);
long op_divide_mounts(struct jailer *, jailer_op);
long op_enter_mounts(struct jailer *, jailer_op);
long op_set_groups(struct jailer *, jailer_op);
long op_set_nice(struct jailer *, jailer_op);
long op_set_scheduler(struct jailer *, jailer_op);
long op_set_affinity(struct jailer *, jailer_op);
long op_open_namespace(struct jailer *, jailer_op);
long op_join_namespaces(struct jailer *, jailer_op);
long op_wait_for_maps(struct jailer *, jailer_op);
long op_keep_descriptors(struct jailer *, jailer_op);
long op_change_root(struct jailer *, jailer_op);
long op_synchronize_filter(struct jailer *, jailer_op);
long op_allow_dumping(struct jailer *, jailer_op);
long op_mask_in_root(struct jailer *, jailer_op);
long op_make_read_only_in_root(struct jailer *, jailer_op);
long op_set_mount_attributes(struct jailer *, jailer_op);
long op_hold_in_root(struct jailer *, jailer_op);
long op_adopt_orphans(struct jailer *, jailer_op);
long op_take_mounts(struct jailer *, jailer_op);
long op_set_mounts_aside(struct jailer *, jailer_op);

/* maps.c */
struct jailer_maps {
    int pid, pidfd; /* whose */
    const char *uid, *gid;
    const char *uid_helper, *gid_helper; /* empty: this process writes it itself */
    int deny_setgroups;
};
long jailer_write_maps(struct jailer *j, const struct jailer_maps *maps);
/* A path of /proc that begins with a process's number. */
void jailer_process_path(char *to, int pid, const char *rest);
long jailer_write_whole(struct jailer *j, const char *path, const void *bytes, uint64_t n);

/* namespaces.c */
long jailer_raise_loopback(struct jailer *j);

/* attributes.c: what may be done in a mount, and where it propagates (MOUNT_ATTR_*, JAILER_ATTACH_*). Gives -ENOSYS on kernels
 * without mount_setattr(2): then the other one does it, once the tree has been attached; `root` is what it lies in. */
long jailer_set_attributes(struct jailer *j, int tree, uint64_t set, uint64_t clear, uint64_t flags);
long jailer_set_attached(struct jailer *j, int tree, int root, uint64_t set, uint64_t clear, uint64_t flags);

/* remount.c: for kernels without mount_setattr(2). The tree has been attached. */
long jailer_remount(struct jailer *j, int tree, uint64_t set, uint64_t clear);
long jailer_remount_below(struct jailer *j, int tree, int root, uint64_t set, uint64_t clear);
long jailer_mount_id(struct jailer *j, int fd, uint64_t *id);
/* What a descriptor is, as a path that mount(2) takes. */
void jailer_descriptor_path(char to[32], int fd);

/* ahead.c: in a parked launcher. Where it fails there is none ahead, and the step is the one that failed. */
long jailer_make_mounts_ahead(struct jailer *j);
void jailer_let_go_of_mounts(struct jailer *j);

/* mounts.c */
long jailer_new_filesystem(struct jailer *j, const char *type, const uint64_t *options, unsigned attributes);
long jailer_is_directory(struct jailer *j, int fd);
long jailer_move_to(struct jailer *j, int tree, int target);
/* masks.c: the null device once more, to cover a file with. Gives a descriptor. */
long jailer_copy_null(struct jailer *j, int null);
/* What such a copy is: it can be written as ever, but a jail that stays root cannot change its mode, which is the host's. */
enum { jailer_null_attributes = CSYS_MOUNT_ATTR_RDONLY | CSYS_MOUNT_ATTR_NOSUID | CSYS_MOUNT_ATTR_NOEXEC };

/* orphans.c: kills each child of this process that is alive */
void jailer_kill_children(const struct jailer *j);

/* init.c: pid 1 of the jail, from the payload's start to its end; does not return */
__attribute__((noreturn)) void jailer_init(struct jailer *j, unsigned kept);
/* Of an init that is not pid 1: kills the payload, and reaps it if it can. */
void jailer_end_payload(struct jailer *j);
/* Everything of the jail, as far as this init is the one to end it. */
void jailer_end_all(struct jailer *j);

#endif
