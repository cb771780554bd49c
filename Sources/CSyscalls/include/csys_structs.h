/* The kernel's structures and constants that this package uses, restated so that the jailer builds for any
 * processor without its headers. csys_check.c asserts each against the kernel's own.
 */
#ifndef CSYS_STRUCTS_H
#define CSYS_STRUCTS_H

#include <stddef.h>
#include <stdint.h>

#define CSYS_EPERM 1
#define CSYS_ENOENT 2
#define CSYS_ESRCH 3
#define CSYS_EMFILE 24
#define CSYS_EPIPE 32
#define CSYS_ECONNRESET 104
#define CSYS_EINTR 4
#define CSYS_E2BIG 7
#define CSYS_ENOEXEC 8
#define CSYS_EBADF 9
#define CSYS_ECHILD 10
#define CSYS_EAGAIN 11
#define CSYS_EACCES 13
#define CSYS_EBUSY 16
#define CSYS_EEXIST 17
#define CSYS_ENOTDIR 20
#define CSYS_EISDIR 21
#define CSYS_EINVAL 22
#define CSYS_ENAMETOOLONG 36
#define CSYS_ENOSYS 38
#define CSYS_ELOOP 40
#define CSYS_EPROTO 71
#define CSYS_ETIMEDOUT 110
#define CSYS_ESTALE 116

#define CSYS_AT_FDCWD (-100)
#define CSYS_AT_EMPTY_PATH 0x1000
#define CSYS_AT_SYMLINK_NOFOLLOW 0x100
#define CSYS_AT_RECURSIVE 0x8000

#define CSYS_O_RDONLY 0
#define CSYS_O_WRONLY 1
#define CSYS_O_RDWR 2
#define CSYS_O_CREAT 0x40
#define CSYS_O_EXCL 0x80
#define CSYS_O_NOCTTY 0x100
#define CSYS_O_NONBLOCK 0x800
#define CSYS_O_CLOEXEC 0x80000
#define CSYS_O_PATH 0x200000
#if defined(__x86_64__)
#define CSYS_O_DIRECTORY 0x10000
#define CSYS_O_NOFOLLOW 0x20000
#else
#define CSYS_O_DIRECTORY 0x4000
#define CSYS_O_NOFOLLOW 0x8000
#endif

#define CSYS_S_IFMT 0xf000
#define CSYS_S_IFDIR 0x4000
#define CSYS_S_IFREG 0x8000
#define CSYS_S_IFCHR 0x2000
#define CSYS_S_IFBLK 0x6000
#define CSYS_S_IFIFO 0x1000
#define CSYS_S_IFSOCK 0xc000

/* clone3(2), unshare(2), setns(2) */
#define CSYS_CLONE_VM 0x100
#define CSYS_CLONE_PIDFD 0x1000
#define CSYS_CLONE_VFORK 0x4000
#define CSYS_CLONE_PARENT 0x8000
#define CSYS_CLONE_PARENT_SETTID 0x100000
#define CSYS_CLONE_NEWTIME 0x80
#define CSYS_CLONE_NEWNS 0x20000
#define CSYS_CLONE_NEWCGROUP 0x2000000
#define CSYS_CLONE_NEWUTS 0x4000000
#define CSYS_CLONE_NEWIPC 0x8000000
#define CSYS_CLONE_NEWUSER 0x10000000
#define CSYS_CLONE_NEWPID 0x20000000
#define CSYS_CLONE_NEWNET 0x40000000
#define CSYS_CLONE_CLEAR_SIGHAND 0x100000000ull

struct csys_clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
        cgroup;
};

/* openat2(2) */
#define CSYS_RESOLVE_NO_XDEV 0x01
#define CSYS_RESOLVE_NO_MAGICLINKS 0x02
#define CSYS_RESOLVE_NO_SYMLINKS 0x04
#define CSYS_RESOLVE_BENEATH 0x08
#define CSYS_RESOLVE_IN_ROOT 0x10

struct csys_open_how {
    uint64_t flags, mode, resolve;
};

/* mounts */
#define CSYS_OPEN_TREE_CLONE 1
#define CSYS_OPEN_TREE_CLOEXEC CSYS_O_CLOEXEC
#define CSYS_MOVE_MOUNT_F_EMPTY_PATH 0x04
#define CSYS_MOVE_MOUNT_T_EMPTY_PATH 0x40
#define CSYS_FSOPEN_CLOEXEC 1
#define CSYS_FSMOUNT_CLOEXEC 1
#define CSYS_FSCONFIG_SET_FLAG 0
#define CSYS_FSCONFIG_SET_STRING 1
#define CSYS_FSCONFIG_CMD_CREATE 6
#define CSYS_MOUNT_ATTR_RDONLY 0x01
#define CSYS_MOUNT_ATTR_NOSUID 0x02
#define CSYS_MOUNT_ATTR_NODEV 0x04
#define CSYS_MOUNT_ATTR_NOEXEC 0x08
#define CSYS_MOUNT_ATTR_IDMAP 0x100000
#define CSYS_MS_RDONLY 1
#define CSYS_MS_NOSUID 2
#define CSYS_MS_NODEV 4
#define CSYS_MS_NOEXEC 8
#define CSYS_MS_REMOUNT 32
#define CSYS_MS_NOSYMFOLLOW 256
#define CSYS_MS_BIND 4096
#define CSYS_MS_REC 16384
#define CSYS_MS_UNBINDABLE (1 << 17)
#define CSYS_MS_PRIVATE (1 << 18)
#define CSYS_MS_SLAVE (1 << 19)
#define CSYS_MS_SHARED (1 << 20)
#define CSYS_MNT_DETACH 2
#define CSYS_UMOUNT_NOFOLLOW 8
#define CSYS_ST_RDONLY 1
#define CSYS_ST_NOSUID 2
#define CSYS_ST_NODEV 4
#define CSYS_ST_NOEXEC 8
#define CSYS_ST_NOSYMFOLLOW 0x2000
#define CSYS_PROC_SUPER_MAGIC 0x9fa0
#define CSYS_DEVPTS_SUPER_MAGIC 0x1cd1

struct csys_mount_attr {
    uint64_t attr_set, attr_clr, propagation, userns_fd;
};

struct csys_statfs {
    int64_t f_type, f_bsize;
    uint64_t f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    int32_t f_fsid[2];
    int64_t f_namelen, f_frsize, f_flags, f_spare[4];
};

/* statx(2) */
#define CSYS_STATX_TYPE 0x1
#define CSYS_STATX_MODE 0x2
#define CSYS_STATX_UID 0x8
#define CSYS_STATX_GID 0x10
#define CSYS_STATX_INO 0x100
#define CSYS_STATX_MNT_ID 0x1000

struct csys_statx_timestamp {
    int64_t tv_sec;
    uint32_t tv_nsec;
    int32_t reserved;
};

struct csys_statx {
    uint32_t stx_mask, stx_blksize;
    uint64_t stx_attributes;
    uint32_t stx_nlink, stx_uid, stx_gid;
    uint16_t stx_mode, spare0;
    uint64_t stx_ino, stx_size, stx_blocks, stx_attributes_mask;
    struct csys_statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
    uint32_t stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor;
    uint64_t stx_mnt_id, spare3[13];
};

/* processes */
#define CSYS_SIGINT 2
#define CSYS_SIGQUIT 3
#define CSYS_SIGKILL 9
#define CSYS_SIGHUP 1
#define CSYS_SIGUSR1 10
#define CSYS_SIGUSR2 12
#define CSYS_SIGTERM 15
#define CSYS_SIGCHLD 17
#define CSYS_SIGCONT 18
#define CSYS_SIGSTOP 19
#define CSYS_SIGWINCH 28
#define CSYS_SIG_BLOCK 0
#define CSYS_SIG_SETMASK 2
#define CSYS_SI_USER 0
#define CSYS_SI_QUEUE (-1)
#define CSYS_P_ALL 0
#define CSYS_P_PID 1
#define CSYS_P_PIDFD 3
#define CSYS_WNOHANG 1
#define CSYS_WEXITED 4
#define CSYS_WNOWAIT 0x01000000
#define CSYS_WALL 0x40000000
#define CSYS_CLD_EXITED 1
#define CSYS_CLD_KILLED 2
#define CSYS_CLD_DUMPED 3
#define CSYS_RUSAGE_CHILDREN (-1)

/* The head of siginfo_t as waitid(2) and SIGCHLD fill it. */
struct csys_siginfo {
    int32_t signal, error, code, pad;
    int32_t pid;
    uint32_t uid;
    int32_t status;
    uint8_t rest[128 - 28];
};

struct csys_signalfd_siginfo {
    uint32_t ssi_signo;
    int32_t ssi_errno, ssi_code;
    uint32_t ssi_pid, ssi_uid;
    uint8_t rest[128 - 20];
};

/* The kernel's own struct sigaction, not libc's. */
struct csys_sigaction {
    uint64_t handler, flags, restorer, mask;
};

#define CSYS_SA_SIGINFO 4
#define CSYS_SA_RESTORER 0x04000000
#define CSYS_SA_RESTART 0x10000000

/* What rt_tgsigqueueinfo(2) sends, and a handler gets. */
struct csys_queued {
    int32_t signal, error, code, pad;
    int32_t pid;
    uint32_t uid;
    uint64_t value;
    uint8_t rest[128 - 32];
};

#define CSYS_FUTEX_WAIT_PRIVATE 128
#define CSYS_FUTEX_WAKE_PRIVATE 129

struct csys_timeval {
    int64_t tv_sec, tv_usec;
};

struct csys_utsname {
    char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

struct csys_timespec {
    int64_t tv_sec, tv_nsec;
};

struct csys_rusage {
    struct csys_timeval ru_utime, ru_stime;
    int64_t ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt, ru_nswap, ru_inblock, ru_oublock,
        ru_msgsnd, ru_msgrcv, ru_nsignals, ru_nvcsw, ru_nivcsw;
};

struct csys_rlimit {
    uint64_t rlim_cur, rlim_max;
};
#define CSYS_RLIMIT_NOFILE 7
#define CSYS_RLIMIT_SIGPENDING 11
#define CSYS_PRIO_PROCESS 0

/* poll(2) */
struct csys_pollfd {
    int32_t fd;
    int16_t events, revents;
};
#define CSYS_POLLIN 1
#define CSYS_POLLOUT 4
#define CSYS_EPOLL_CTL_DEL 2

/* epoll(7); packed on x86_64 alone */
struct csys_epoll_event {
    uint32_t events;
    uint64_t token;
}
#if defined(__x86_64__)
__attribute__((packed))
#endif
;

/* messages over a socket */
#define CSYS_AF_UNIX 1
#define CSYS_AF_INET 2
#define CSYS_SOCK_STREAM 1
#define CSYS_SOCK_DGRAM 2
#define CSYS_SOCK_SEQPACKET 5
#define CSYS_SOCK_CLOEXEC CSYS_O_CLOEXEC
#define CSYS_SOL_SOCKET 1
#define CSYS_SCM_RIGHTS 1
#define CSYS_MSG_NOSIGNAL 0x4000
#define CSYS_MSG_CMSG_CLOEXEC 0x40000000
#define CSYS_MSG_DONTWAIT 0x40
#define CSYS_MSG_CTRUNC 0x8

struct csys_iovec {
    uint64_t base, length;
};

struct csys_msghdr {
    uint64_t name;
    uint32_t name_length, pad0;
    uint64_t iov, iov_length, control, control_length;
    uint32_t flags, pad1;
};

/* A control message that carries one descriptor. */
struct csys_cmsg_fd {
    uint64_t length;
    int32_t level, type;
    int32_t fd, pad;
};

/* A control message that carries several. */
#define CSYS_CMSG_MOST_FDS 128
struct csys_cmsg_fds {
    uint64_t length;
    int32_t level, type;
    int32_t fd[CSYS_CMSG_MOST_FDS];
};

/* prctl(2), capset(2), keyctl(2), seccomp(2) */
#define CSYS_PR_SET_PDEATHSIG 1
#define CSYS_PR_SET_DUMPABLE 4
#define CSYS_PR_SET_KEEPCAPS 8
#define CSYS_PR_SET_NAME 15
#define CSYS_PR_GET_SECCOMP 21
#define CSYS_PR_CAPBSET_READ 23
#define CSYS_PR_CAPBSET_DROP 24
#define CSYS_PR_GET_SECUREBITS 27
#define CSYS_PR_SET_SECUREBITS 28
#define CSYS_PR_SET_CHILD_SUBREAPER 36
#define CSYS_PR_SET_NO_NEW_PRIVS 38
#define CSYS_PR_GET_NO_NEW_PRIVS 39
#define CSYS_PR_CAP_AMBIENT 47
#define CSYS_PR_CAP_AMBIENT_IS_SET 1
#define CSYS_PR_CAP_AMBIENT_RAISE 2
#define CSYS_PR_CAP_AMBIENT_LOWER 3
#define CSYS_PR_CAP_AMBIENT_CLEAR_ALL 4
#define CSYS_CAPABILITY_VERSION_3 0x20080522
#define CSYS_KEYCTL_JOIN_SESSION_KEYRING 1
#define CSYS_SECCOMP_SET_MODE_FILTER 1
#define CSYS_SECCOMP_FILTER_FLAG_TSYNC 1
#define CSYS_IORING_ENTER_REGISTERED_RING 16

struct csys_cap_header {
    uint32_t version;
    int32_t pid;
};

struct csys_cap_data {
    uint32_t effective, permitted, inheritable;
};

struct csys_sock_fprog {
    uint16_t length, pad[3];
    uint64_t filter;
};

/* network interfaces, terminals, files */
#define CSYS_SIOCSIFFLAGS 0x8914
#define CSYS_IFF_UP 1
#define CSYS_TIOCSCTTY 0x540e
#define CSYS_FIONREAD 0x541b
#define CSYS_TIOCGWINSZ 0x5413
#define CSYS_TIOCSWINSZ 0x5414
#define CSYS_TIOCSPTLCK 0x40045431
#define CSYS_TIOCGPTPEER 0x5441
#define CSYS_F_DUPFD_CLOEXEC 1030
#define CSYS_F_SETPIPE_SZ 1031
#define CSYS_F_GETFD 1
#define CSYS_F_SETFD 2
#define CSYS_F_GETFL 3
#define CSYS_F_SETFL 4
#define CSYS_F_ADD_SEALS 1033
#define CSYS_F_SEAL_ALL 0xf /* seal, shrink, grow, write */
#define CSYS_FD_CLOEXEC 1
#define CSYS_MFD_CLOEXEC 1
#define CSYS_MFD_ALLOW_SEALING 2
#define CSYS_MFD_EXEC 0x10
#define CSYS_PROT_READ 1
#define CSYS_PROT_WRITE 2
#define CSYS_MAP_SHARED 1
#define CSYS_MAP_PRIVATE 2
#define CSYS_MAP_ANONYMOUS 32
#define CSYS_MAP_NORESERVE 0x4000
#define CSYS_MADV_DONTNEED 4
#define CSYS_MADV_HUGEPAGE 14
#define CSYS_CLOCK_MONOTONIC 1

struct csys_ifreq {
    char name[16];
    int16_t flags;
    uint8_t rest[22];
};

#endif
