/* The plan's encoded form: one flat arena, read by the interpreter, written by SandboxPlanning.
 *
 * The arena lies in a memfd. Its first part (header, operations, data) is mapped privately by the jailer; its
 * second, the report, is mapped shared by jailer and host. Everything is an offset into the first part; there
 * are no pointers. Every offset is checked before it is used: the arena is trusted no further than its bounds.
 */
#ifndef JAILER_PLAN_H
#define JAILER_PLAN_H

#include <stdint.h>

#define JAILER_MAGIC 0x4c49414au /* "JAIL" */
#define JAILER_VERSION 1u

enum {
    jailer_operands = 6,
    jailer_most_operations = 4096,
    jailer_most_slots = 1024,
    /* Descriptors that the host hands over, by number; plan slots come after. */
    jailer_fd_control = 0,  /* a SOCK_SEQPACKET socket: messages to the host */
    jailer_fd_arena = 1,    /* the memfd of this arena */
    jailer_fd_host = 2,     /* a pidfd of the host process: readable when the host is gone */
    jailer_first_slot = 3,  /* slot 0 of the plan; the others follow in order */
};

/* Which process carries an operation out. One-shot: the launcher clones the jail once, the jail (pid 1) forks
 * the payload (pid 2) and goes on as its init. */
enum jailer_stage {
    JAILER_STAGE_LAUNCHER = 0,
    JAILER_STAGE_JAIL = 1,
    JAILER_STAGE_PAYLOAD = 2,
    JAILER_STAGE_INIT = 3,
    JAILER_STAGE_ENTER = 4, /* the calling process itself: enter(), which knows no other stage */
};

/* Operand kinds:
 *   i  a number
 *   s  offset of a NUL-terminated string
 *   b  offset of bytes; the operand after it is their count
 *   v  offset of a vector of 64-bit offsets of strings, ended by 0
 *   f  a slot to read a descriptor from
 *   F  a slot to put a descriptor into
 *   .  unused (0), or the count of a b
 *
 * X(number, NAME, operands, stages, scope)
 * stages: bits of the stages in which the operation is legal (1 launcher, 2 jail, 4 payload, 8 init, 16 enter)
 * scope:  p process, t thread: whom the kernel applies it to (enter() runs those of scope t on every thread)
 *
 * Numbers are stable and append-only; a retired number stays reserved.
 */
#define JAILER_OPERATIONS(X) \
    X(1, RAISE_OPEN_FILES, "......", 1, 'p')     /* soft limit to the hard one: what is in flight counts */ \
    X(2, OPEN_TREE, "Fsi...", 19, 'p')            /* slot, path, JAILER_TREE_* */ \
    X(3, MAKE_ID_NAMESPACE, "Fss...", 1, 'p')    /* slot, uid map, gid map */ \
    X(4, MAP_TREE, "ff....", 1, 'p')             /* tree, user namespace */ \
    X(5, CLONE_JAIL, "ississ", 1, 'p')           /* CLONE_NEW*, uid map, gid map, deny setgroups, programs that write them */ \
    X(6, BECOME, "iii...", 18, 't')               /* uid, gid, drop supplementary groups */ \
    X(7, NEW_SESSION_KEYRING, "......", 18, 't') \
    X(8, MAKE_MOUNTS_PRIVATE, "......", 18, 'p') \
    X(9, SET_HOST_NAME, "s.....", 18, 'p') \
    X(10, SET_DOMAIN_NAME, "s.....", 18, 'p') \
    X(11, RAISE_LOOPBACK, "......", 18, 'p') \
    X(12, UNSHARE, "i.....", 18, 't')             /* CLONE_NEW* */ \
    X(13, WRITE_PROCESS_FILE, "sb....", 19, 'p')  /* path below /proc/self, bytes, count */ \
    X(14, NEW_FILESYSTEM, "Fsvi..", 18, 'p')      /* slot, type, options, MOUNT_ATTR_* */ \
    X(15, ATTACH_ROOT, "fii...", 18, 'p')         /* tree, MOUNT_ATTR_* set, JAILER_ATTACH_* */ \
    X(16, ATTACH, "ffsiii", 18, 'p')              /* tree, root, path, MOUNT_ATTR_* set, cleared, JAILER_ATTACH_* */ \
    X(17, MAKE_DIRECTORY, "fsi...", 18, 'p')      /* root, path, mode */ \
    X(18, MAKE_SYMLINK, "fss...", 18, 'p')        /* root, path, target */ \
    X(19, MAKE_FILE, "fsb.i.", 18, 'p')           /* root, path, bytes, count, mode */ \
    X(20, MASK_PATH, "ffsi..", 18, 'p')           /* procfs, tree of the null device, one name, directory; absent is fine */ \
    X(21, MAKE_READ_ONLY, "fs....", 18, 'p')      /* procfs, one name in it; absent is fine */ \
    X(22, ENTER_ROOT, "fi....", 18, 'p')          /* root, JAILER_ROOT_* */ \
    X(23, CHANGE_DIRECTORY, "s.....", 22, 'p') \
    X(24, CLOSE, "f.....", 23, 'p') \
    X(25, LIMIT_BOUNDING_SET, "i.....", 18, 't')  /* mask of what stays */ \
    X(26, SET_SECURE_BITS, "i.....", 18, 't') \
    X(27, SET_CAPABILITIES, "iiii..", 30, 't')   /* masks: effective, permitted, inheritable, ambient */ \
    X(28, SET_NO_NEW_PRIVILEGES, "......", 22, 't') \
    X(29, FORBID_DUMPING, "......", 22, 'p') \
    X(30, OPEN_TERMINAL, "fFii..", 2, 'p')       /* root of a devpts, slot of the slave, rows, columns */ \
    X(31, START_PAYLOAD, "ii....", 2, 'p')       /* how many of the first slots the init keeps; several ids in the jail */ \
    X(32, NEW_SESSION, "......", 4, 'p') \
    X(33, TAKE_TERMINAL, "f.....", 4, 'p') \
    X(34, INSTALL_DESCRIPTORS, "b.....", 4, 'p') /* pairs of 32-bit slot and descriptor number, ascending */ \
    X(35, SET_RESOURCE_LIMIT, "iiii..", 21, 'p')  /* kind, soft, hard, JAILER_LIMIT_* */ \
    X(36, SET_UMASK, "i.....", 20, 'p') \
    X(37, LOAD_FILTER, "b.....", 12, 't')        /* struct sock_filter, bytes */ \
    X(38, EXECUTE, "vvv...", 20, 'p')             /* candidates, arguments, environment */ \
    X(39, WRITE_SYSCTL, "fsb...", 18, 'p')        /* root of a procfs, path below sys, bytes, count */ \
    X(40, PARK, "ii....", 2, 'p')                /* JAILER_PARK_*, how many of the first slots each jail gets */ \
    X(41, OPEN_ROOT, "F.....", 2, 'p')           /* slot: the process's own root directory */ \
    X(42, DIVIDE_MOUNTS, "Fsv...", 2, 'p')       /* slot, path of a procfs, paths: a second mount namespace without these */ \
    X(43, ENTER_MOUNTS, "f.....", 2, 'p')        /* mount namespace: its root and mounts, as a copy of the jail's own */ \
    X(44, SET_GROUPS, "b.....", 18, 't')          /* 32-bit group ids, bytes */ \
    X(45, SET_NICE, "i.....", 5, 't')            /* -20 to 19, as a signed number */ \
    X(46, SET_SCHEDULER, "ii....", 5, 't')       /* SCHED_*, priority */ \
    X(47, SET_AFFINITY, "b.....", 4, 't')        /* mask of CPUs, bytes */ \
    X(48, OPEN_NAMESPACE, "Fs....", 17, 'p')      /* slot, path of a namespace's file */ \
    X(49, JOIN_NAMESPACES, "fi....", 19, 't')     /* a namespace's file or a pidfd, CLONE_NEW* */ \
    X(50, WAIT_FOR_MAPS, "......", 2, 'p')       /* until the launcher has written what CLONE_JAIL says */ \
    X(51, KEEP_DESCRIPTORS, "b.....", 16, 'p')   /* 32-bit numbers, ascending, bytes; all others are closed */ \
    X(52, CHANGE_ROOT, "s.....", 18, 'p')        /* chroot(2) to a path, and its root as working directory */ \
    X(53, SYNCHRONIZE_FILTER, "b.....", 16, 'p') /* struct sock_filter, bytes; the kernel gives it to every thread */ \
    X(54, ALLOW_DUMPING, "......", 18, 'p')      /* its files in /proc are its own again, after a change of user */ \
    X(55, TAKE_MOUNTS, "i.....", 2, 'p')         /* how many steps after it are left out where they were carried out ahead */ \
    X(56, SET_MOUNTS_ASIDE, "f.....", 2, 'p')    /* procfs: this mount namespace is the next jail's; the last step after PARK */ \
    X(60, MASK_IN_ROOT, "ffsi..", 2, 'p')        /* root, tree of the null device, path, JAILER_TREE_OPTIONAL */ \
    X(61, MAKE_READ_ONLY_IN_ROOT, "fsi...", 2, 'p') /* root, path, JAILER_TREE_OPTIONAL */ \
    X(62, SET_MOUNT_ATTRIBUTES, "fi....", 2, 'p') /* a tree that is attached, MOUNT_ATTR_* set */ \
    X(63, ADOPT_ORPHANS, "f.....", 2, 'p')       /* procfs: what the payload leaves is this process's to kill and to reap */ \
    X(64, HOLD_IN_ROOT, "fs....", 2, 'p')        /* root, path of a directory, without links; absent is fine */

enum jailer_opcode {
#define JAILER_OPCODE(number, name, operands, stages, scope) JAILER_OP_##name = number,
    JAILER_OPERATIONS(JAILER_OPCODE)
#undef JAILER_OPCODE
};

/* OPEN_TREE */
#define JAILER_TREE_RECURSIVE 1u
#define JAILER_TREE_OPTIONAL 2u /* absent is fine: what would use it is left out */

#define JAILER_TREE_NO_SYMLINKS 4u /* the path is one without: what has become a link since is an error */
#define JAILER_TREE_IN_PLACE 8u    /* no copy, which takes CAP_SYS_ADMIN: only to be looked into */

/* ATTACH, ATTACH_ROOT: what is said of one mount is said of those below it where it is recursive. */
#define JAILER_ATTACH_RECURSIVE 1u
#define JAILER_ATTACH_EXISTING 2u   /* at what is there: nothing is made, since that would be the host's */
#define JAILER_ATTACH_PRIVATE 4u    /* no peer of the host's mount any more: what is mounted upon it stays here */
#define JAILER_ATTACH_SLAVE 8u      /* what the host mounts below it later appears here, and nothing the other way */
#define JAILER_ATTACH_SHARED 16u    /* the first of peers of its own: what namespaces made from this one mount, they share */
#define JAILER_ATTACH_UNBINDABLE 32u

/* ENTER_ROOT */
#define JAILER_ROOT_WRITABLE 1u /* it stays as it is */
#define JAILER_ROOT_CHROOT 2u   /* by chroot(2), which leaves the host's root covered: where pivot_root(2) is not possible */

/* SET_RESOURCE_LIMIT */
#define JAILER_LIMIT_LOWER 1u /* no higher than the hard limit in force */
#define JAILER_LIMIT_RAISE 2u /* the hard limit alone, and only where it is lower: what the payload will ask for */

/* PARK */
#define JAILER_PARK_NETWORK 1u /* a network namespace is made ahead for the next jail */
/* What stands after it, up to SET_MOUNTS_ASIDE, is carried out ahead for each jail. */

struct jailer_operation {
    uint16_t code;
    uint8_t stage;
    uint8_t reserved[3];
    uint16_t fails; /* an errno: it is not carried out but fails with that, so that tests can make each step fail */
    uint64_t operand[jailer_operands];
};

struct jailer_header {
    uint32_t magic, version;
    uint64_t size;              /* of the plan: everything before the report */
    uint64_t report_offset;     /* a multiple of the largest page size (64 KiB) */
    uint64_t report_size;
    uint32_t operation_offset, operation_count;
    uint32_t slot_count;        /* slots that the plan uses, those handed over included */
    uint32_t passed_count;      /* of these, the first so many are handed over by the host */
};

enum jailer_state {
    JAILER_STATE_LAUNCHING = 0,
    JAILER_STATE_CLONED = 1,  /* the jail exists */
    JAILER_STATE_STARTED = 2, /* the payload's program runs */
    JAILER_STATE_FAILED = 3,  /* a step failed; nothing of the payload has run */
    JAILER_STATE_ENDED = 4,   /* the payload has ended, and all else in the jail */
    JAILER_STATE_PARKED = 5,  /* the launcher of a prepared sandbox waits for requests */
};

/* Why everything in the jail has ended. */
enum jailer_end {
    JAILER_END_PAYLOAD = 1, /* the payload came to its own end */
    JAILER_END_ASKED = 2,   /* the host asked for it */
};

/* What EXECUTE found about a program that did not start, beyond the errno. */
enum jailer_execute_detail {
    JAILER_DETAIL_NONE = 0,
    JAILER_DETAIL_IS_DIRECTORY = 1,
    JAILER_DETAIL_NO_INTERPRETER = 2, /* it exists; what its #! line or its ELF header names does not */
    JAILER_DETAIL_NOT_REGULAR = 3,
    JAILER_DETAIL_KILLED = 4, /* not EXECUTE's: the process was killed in this step */
};

struct jailer_step {
    int32_t error;        /* -errno, or 0 */
    uint16_t call;        /* number of the system call that failed */
    uint16_t ran;         /* 1 once it has run */
    uint64_t nanoseconds;
};

struct jailer_report {
    uint32_t magic;
    uint32_t state;       /* enum jailer_state */
    uint32_t failed_step; /* index of the operation; meaningful in state FAILED */
    int32_t error;        /* -errno */
    uint32_t call;
    uint32_t detail;
    int32_t jail_pid;     /* in the launcher's pid namespace */
    int32_t end_code;     /* CLD_EXITED, CLD_KILLED, CLD_DUMPED */
    int32_t end_status;   /* exit status or signal */
    uint32_t orphans;     /* processes reaped beside the payload */
    uint32_t ended_by;    /* enum jailer_end, in state ENDED */
    uint32_t reserved;
    /* What the host asks of the init: signal n to be forwarded by bit n - 1, and the end by that of SIGKILL. The init takes
     * them by exchanging this for 0 whenever it wakes, and the host wakes it with JAILER_SIGNAL_WAKE. Only this memory is
     * believed: a payload can send its init any signal, and make it look like the host's by exhausting its queue. */
    uint64_t orders;
    uint64_t started, ended;   /* CLOCK_MONOTONIC, ns */
    uint64_t user_ns, system_ns;
    uint64_t max_resident_kib;
    uint64_t minor_faults, major_faults;
    uint64_t voluntary_switches, involuntary_switches;
    uint64_t step_count;
    uint8_t head[64];     /* the first bytes of a program that the kernel would not run (ENOEXEC) */
    struct jailer_step step[];
};

/* Messages to the host on the control socket. */
enum jailer_message_kind {
    JAILER_MESSAGE_CLONED = 1,   /* with a pidfd of the jail */
    JAILER_MESSAGE_TERMINAL = 2, /* with the master side of the jail's terminal */
    JAILER_MESSAGE_STARTED = 3,
    JAILER_MESSAGE_FAILED = 4,  /* `pid` is -errno where there was no report to write it to */
    JAILER_MESSAGE_PARKED = 5,
    JAILER_MESSAGE_PAYLOAD = 6, /* with a pidfd of the payload's process, where its end is not that of its init */
};

struct jailer_message {
    uint32_t kind;
    int32_t pid;
};

/* What the host sends to a parked launcher on the control socket: one jail, please. With it come descriptors: the jail's
 * own control socket, the memfd of its arena, and what its plan's slots are passed beyond those that the launcher's were. */
struct jailer_request {
    uint32_t kind; /* JAILER_REQUEST_SPAWN */
    uint32_t descriptors;
};

#define JAILER_REQUEST_SPAWN 1u
#define JAILER_MOST_REQUESTED 128u

/* The signal that makes the init look at its orders. Any other does, too. */
#define JAILER_SIGNAL_WAKE 40

_Static_assert(sizeof(struct jailer_operation) == 56, "");
_Static_assert(sizeof(struct jailer_header) == 48, "");
_Static_assert(sizeof(struct jailer_step) == 16, "");
_Static_assert(sizeof(struct jailer_request) == 8, "");
_Static_assert(sizeof(struct jailer_report) == 48 + 8 + 80 + 64, "");

#endif
