/* Each call by name, with the kernel's arguments in the kernel's order. Each returns its result or -errno. */
#ifndef CSYS_CALLS_H
#define CSYS_CALLS_H

#include "csys_numbers.h"
#include "csys_raw.h"
#include "csys_structs.h"

#define CSYS_0(name) csys_call(CSYS_NR_##name, 0, 0, 0, 0, 0, 0)
#define CSYS_1(name, a) csys_call(CSYS_NR_##name, (long)(a), 0, 0, 0, 0, 0)
#define CSYS_2(name, a, b) csys_call(CSYS_NR_##name, (long)(a), (long)(b), 0, 0, 0, 0)
#define CSYS_3(name, a, b, c) csys_call(CSYS_NR_##name, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CSYS_4(name, a, b, c, d) \
    csys_call(CSYS_NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CSYS_5(name, a, b, c, d, e) \
    csys_call(CSYS_NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define CSYS_6(name, a, b, c, d, e, f) \
    csys_call(CSYS_NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* descriptors */
static inline long csys_read(int fd, void *to, size_t n) { return CSYS_3(read, fd, to, n); }
static inline long csys_write(int fd, const void *from, size_t n) { return CSYS_3(write, fd, from, n); }
static inline long csys_pread64(int fd, void *to, size_t n, int64_t at) { return CSYS_4(pread64, fd, to, n, at); }
static inline long csys_pwrite64(int fd, const void *from, size_t n, int64_t at) { return CSYS_4(pwrite64, fd, from, n, at); }
static inline long csys_close(int fd) { return CSYS_1(close, fd); }
static inline long csys_close_range(unsigned first, unsigned last, unsigned flags) { return CSYS_3(close_range, first, last, flags); }
static inline long csys_fcntl(int fd, int command, long argument) { return CSYS_3(fcntl, fd, command, argument); }
static inline long csys_dup3(int from, int to, int flags) { return CSYS_3(dup3, from, to, flags); }
static inline long csys_pipe2(int32_t ends[2], int flags) { return CSYS_2(pipe2, ends, flags); }
static inline long csys_splice(int from, int to, size_t n, unsigned flags) { return CSYS_6(splice, from, 0, to, 0, n, flags); }
static inline long csys_ioctl(int fd, unsigned long request, long argument) { return CSYS_3(ioctl, fd, request, argument); }
static inline long csys_lseek(int fd, int64_t offset, int whence) { return CSYS_3(lseek, fd, offset, whence); }
static inline long csys_ftruncate(int fd, int64_t length) { return CSYS_2(ftruncate, fd, length); }
static inline long csys_memfd_create(const char *name, unsigned flags) { return CSYS_2(memfd_create, name, flags); }
static inline long csys_eventfd2(unsigned value, int flags) { return CSYS_2(eventfd2, value, flags); }
static inline long csys_ppoll(struct csys_pollfd *fds, unsigned count, const struct csys_timespec *timeout) { return CSYS_5(ppoll, fds, count, timeout, 0, 8); }
static inline long csys_epoll_create1(int flags) { return CSYS_1(epoll_create1, flags); }
static inline long csys_epoll_ctl(int epoll, int operation, int fd, void *event) { return CSYS_4(epoll_ctl, epoll, operation, fd, event); }
static inline long csys_epoll_wait(int epoll, void *events, int count, int milliseconds) { return CSYS_6(epoll_pwait, epoll, events, count, milliseconds, 0, 8); }
static inline long csys_io_uring_enter(unsigned ring, unsigned submit, unsigned complete, unsigned flags) { return CSYS_6(io_uring_enter, ring, submit, complete, flags, 0, 0); }
static inline long csys_timerfd_gettime(int timer, uint64_t to[4]) { return CSYS_2(timerfd_gettime, timer, to); }
static inline long csys_timerfd_create(int clock, int flags) { return CSYS_2(timerfd_create, clock, flags); }

/* paths */
static inline long csys_openat(int at, const char *path, int flags, unsigned mode) { return CSYS_4(openat, at, path, flags, mode); }
static inline long csys_openat2(int at, const char *path, const struct csys_open_how *how) { return CSYS_4(openat2, at, path, how, sizeof *how); }
static inline long csys_mkdirat(int at, const char *path, unsigned mode) { return CSYS_3(mkdirat, at, path, mode); }
static inline long csys_mknodat(int at, const char *path, unsigned mode, unsigned device) { return CSYS_4(mknodat, at, path, mode, device); }
static inline long csys_symlinkat(const char *target, int at, const char *path) { return CSYS_3(symlinkat, target, at, path); }
static inline long csys_readlinkat(int at, const char *path, char *to, size_t n) { return CSYS_4(readlinkat, at, path, to, n); }
static inline long csys_unlinkat(int at, const char *path, int flags) { return CSYS_3(unlinkat, at, path, flags); }
static inline long csys_fchmod(int fd, unsigned mode) { return CSYS_2(fchmod, fd, mode); }
static inline long csys_fchown(int fd, unsigned uid, unsigned gid) { return CSYS_3(fchown, fd, uid, gid); }
static inline long csys_faccessat(int at, const char *path, int mode) { return CSYS_3(faccessat, at, path, mode); }
static inline long csys_statx(int at, const char *path, int flags, unsigned mask, struct csys_statx *to) { return CSYS_5(statx, at, path, flags, mask, to); }
static inline long csys_fstatfs(int fd, struct csys_statfs *to) { return CSYS_2(fstatfs, fd, to); }
static inline long csys_chdir(const char *path) { return CSYS_1(chdir, path); }
static inline long csys_fchdir(int fd) { return CSYS_1(fchdir, fd); }
static inline long csys_umask(unsigned mask) { return CSYS_1(umask, mask); }
static inline long csys_lgetxattr(const char *path, const char *name, void *to, size_t n) { return CSYS_4(lgetxattr, path, name, to, n); }
static inline long csys_lsetxattr(const char *path, const char *name, const void *from, size_t n, int flags) { return CSYS_5(lsetxattr, path, name, from, n, flags); }
static inline long csys_lremovexattr(const char *path, const char *name) { return CSYS_2(lremovexattr, path, name); }
static inline long csys_getdents64(int fd, void *to, size_t n) { return CSYS_3(getdents64, fd, to, n); }

/* mounts */
static inline long csys_open_tree(int at, const char *path, unsigned flags) { return CSYS_3(open_tree, at, path, flags); }
static inline long csys_move_mount(int from, const char *source, int to, const char *target, unsigned flags) { return CSYS_5(move_mount, from, source, to, target, flags); }
static inline long csys_fsopen(const char *type, unsigned flags) { return CSYS_2(fsopen, type, flags); }
static inline long csys_fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) { return CSYS_5(fsconfig, fd, command, key, value, aux); }
static inline long csys_fsmount(int fd, unsigned flags, unsigned attributes) { return CSYS_3(fsmount, fd, flags, attributes); }
static inline long csys_mount_setattr(int at, const char *path, unsigned flags, const struct csys_mount_attr *to) { return CSYS_5(mount_setattr, at, path, flags, to, sizeof *to); }
static inline long csys_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data) { return CSYS_5(mount, source, target, type, flags, data); }
static inline long csys_umount2(const char *target, int flags) { return CSYS_2(umount2, target, flags); }
static inline long csys_pivot_root(const char *to, const char *old) { return CSYS_2(pivot_root, to, old); }
static inline long csys_chroot(const char *path) { return CSYS_1(chroot, path); }

/* processes */
static inline long csys_clone3(const struct csys_clone_args *args) { return CSYS_2(clone3, args, sizeof *args); }
static inline long csys_unshare(unsigned long flags) { return CSYS_1(unshare, flags); }
static inline long csys_setns(int fd, int kind) { return CSYS_2(setns, fd, kind); }
static inline long csys_execve(const char *path, const void *arguments, const void *environment) { return CSYS_3(execve, path, arguments, environment); }
static inline long csys_execveat(int at, const char *path, const void *arguments, const void *environment, int flags) { return CSYS_5(execveat, at, path, arguments, environment, flags); }
static inline long csys_exit_group(int status) { return CSYS_1(exit_group, status); }
static inline long csys_waitid(int kind, int which, struct csys_siginfo *to, int options, struct csys_rusage *usage) { return CSYS_5(waitid, kind, which, to, options, usage); }
static inline long csys_kill(int pid, int signal) { return CSYS_2(kill, pid, signal); }
static inline long csys_getpid(void) { return CSYS_0(getpid); }
static inline long csys_gettid(void) { return CSYS_0(gettid); }
static inline long csys_setsid(void) { return CSYS_0(setsid); }
static inline long csys_pidfd_open(int pid, unsigned flags) { return CSYS_2(pidfd_open, pid, flags); }
static inline long csys_pidfd_send_signal(int pidfd, int signal) { return CSYS_4(pidfd_send_signal, pidfd, signal, 0, 0); }
static inline long csys_getrusage(int who, struct csys_rusage *to) { return CSYS_2(getrusage, who, to); }
static inline long csys_prlimit64(int pid, int kind, const struct csys_rlimit *set, struct csys_rlimit *old) { return CSYS_4(prlimit64, pid, kind, set, old); }
static inline long csys_getpriority(int kind, int which) { return CSYS_2(getpriority, kind, which); }
static inline long csys_setpriority(int kind, int which, int nice) { return CSYS_3(setpriority, kind, which, nice); }
static inline long csys_sched_getparam(int pid, int32_t *priority) { return CSYS_2(sched_getparam, pid, priority); }
static inline long csys_sched_setscheduler(int pid, int policy, const int32_t *priority) { return CSYS_3(sched_setscheduler, pid, policy, priority); }
static inline long csys_sched_getscheduler(int pid) { return CSYS_1(sched_getscheduler, pid); }
static inline long csys_sched_setaffinity(int pid, size_t n, const void *mask) { return CSYS_3(sched_setaffinity, pid, n, mask); }
static inline long csys_sched_getaffinity(int pid, size_t n, void *mask) { return CSYS_3(sched_getaffinity, pid, n, mask); }
static inline long csys_clock_gettime(int clock, struct csys_timespec *to) { return CSYS_2(clock_gettime, clock, to); }

/* identity */
static inline long csys_uname(struct csys_utsname *to) { return CSYS_1(uname, to); }
static inline long csys_geteuid(void) { return CSYS_0(geteuid); }
static inline long csys_getegid(void) { return CSYS_0(getegid); }
static inline long csys_getresuid(uint32_t *real, uint32_t *effective, uint32_t *saved) { return CSYS_3(getresuid, real, effective, saved); }
static inline long csys_getresgid(uint32_t *real, uint32_t *effective, uint32_t *saved) { return CSYS_3(getresgid, real, effective, saved); }
static inline long csys_getgroups(int count, uint32_t *to) { return CSYS_2(getgroups, count, to); }
static inline long csys_setresuid(uint32_t r, uint32_t e, uint32_t s) { return CSYS_3(setresuid, r, e, s); }
static inline long csys_setresgid(uint32_t r, uint32_t e, uint32_t s) { return CSYS_3(setresgid, r, e, s); }
static inline long csys_setgroups(unsigned count, const uint32_t *groups) { return CSYS_2(setgroups, count, groups); }
static inline long csys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) { return CSYS_5(prctl, option, a, b, c, d); }
static inline long csys_capget(struct csys_cap_header *header, struct csys_cap_data data[2]) { return CSYS_2(capget, header, data); }
static inline long csys_capset(struct csys_cap_header *header, const struct csys_cap_data data[2]) { return CSYS_2(capset, header, data); }
static inline long csys_keyctl(int command, unsigned long argument) { return CSYS_2(keyctl, command, argument); }
static inline long csys_seccomp(unsigned operation, unsigned flags, const void *argument) { return CSYS_3(seccomp, operation, flags, argument); }
static inline long csys_sethostname(const char *name, size_t n) { return CSYS_2(sethostname, name, n); }
static inline long csys_setdomainname(const char *name, size_t n) { return CSYS_2(setdomainname, name, n); }

/* signals */
static inline long csys_rt_sigaction(int signal, const struct csys_sigaction *set, struct csys_sigaction *old) { return CSYS_4(rt_sigaction, signal, set, old, 8); }
static inline long csys_rt_sigprocmask(int how, const uint64_t *set, uint64_t *old) { return CSYS_4(rt_sigprocmask, how, set, old, 8); }
static inline long csys_signalfd4(int fd, const uint64_t *mask, int flags) { return CSYS_4(signalfd4, fd, mask, 8, flags); }

/* To one thread; the kernel takes what code and sender it is told, where the sender is the process itself. */
static inline long csys_rt_tgsigqueueinfo(int pid, int tid, int signal, const void *info) { return CSYS_4(rt_tgsigqueueinfo, pid, tid, signal, info); }

/* Of memory that no other process maps. */
static inline long csys_futex_wait(uint32_t *word, uint32_t value, const struct csys_timespec *timeout) { return CSYS_4(futex, word, CSYS_FUTEX_WAIT_PRIVATE, value, timeout); }
static inline long csys_futex_wake(uint32_t *word) { return CSYS_3(futex, word, CSYS_FUTEX_WAKE_PRIVATE, 0x7fffffff); }

/* memory and sockets */
static inline long csys_mmap(void *at, size_t n, int protection, int flags, int fd, int64_t offset) { return CSYS_6(mmap, at, n, protection, flags, fd, offset); }
static inline long csys_madvise(void *at, size_t n, int advice) { return CSYS_3(madvise, at, n, advice); }
static inline long csys_munmap(void *at, size_t n) { return CSYS_2(munmap, at, n); }
static inline long csys_socket(int family, int type, int protocol) { return CSYS_3(socket, family, type, protocol); }
static inline long csys_socketpair(int family, int type, int protocol, int32_t ends[2]) { return CSYS_4(socketpair, family, type, protocol, ends); }
static inline long csys_bind(int fd, const void *address, unsigned n) { return CSYS_3(bind, fd, address, n); }
static inline long csys_sendmsg(int fd, const struct csys_msghdr *message, int flags) { return CSYS_3(sendmsg, fd, message, flags); }
static inline long csys_getsockopt(int fd, int level, int option, void *value, uint32_t *length)
{
    return CSYS_5(getsockopt, fd, level, option, value, length);
}
static inline long csys_recvmsg(int fd, struct csys_msghdr *message, int flags) { return CSYS_3(recvmsg, fd, message, flags); }
static inline long csys_getrandom(void *to, size_t n, unsigned flags) { return CSYS_3(getrandom, to, n, flags); }

#endif
