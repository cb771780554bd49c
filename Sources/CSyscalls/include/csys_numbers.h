/* The system calls that this package makes itself, by number.
 *
 * The numbers are restated, rather than taken from <asm/unistd.h>, so that the jailer is built for another
 * processor without that processor's headers. csys_check.c holds them against the kernel's own headers.
 */
#ifndef CSYS_NUMBERS_H
#define CSYS_NUMBERS_H

/* X(name, number on x86_64, number on aarch64) */
#define CSYS_NUMBERS(X) \
  X(read, 0, 63)                 \
  X(write, 1, 64)                \
  X(close, 3, 57)                \
  X(fstat, 5, 80)                \
  X(lseek, 8, 62)                \
  X(mmap, 9, 222)                \
  X(munmap, 11, 215)             \
  X(rt_sigaction, 13, 134)       \
  X(rt_sigprocmask, 14, 135)     \
  X(ioctl, 16, 29)               \
  X(pread64, 17, 67)             \
  X(pwrite64, 18, 68)            \
  X(madvise, 28, 233)            \
  X(getpid, 39, 172)             \
  X(socket, 41, 198)             \
  X(sendmsg, 46, 211)            \
  X(recvmsg, 47, 212)            \
  X(bind, 49, 200)               \
  X(socketpair, 53, 199)         \
  X(getsockopt, 55, 209)         \
  X(execve, 59, 221)             \
  X(exit, 60, 93)                \
  X(wait4, 61, 260)              \
  X(kill, 62, 129)               \
  X(uname, 63, 160)              \
  X(fcntl, 72, 25)               \
  X(ftruncate, 77, 46)           \
  X(chdir, 80, 49)               \
  X(fchdir, 81, 50)              \
  X(fchmod, 91, 52)              \
  X(fchown, 93, 55)              \
  X(umask, 95, 166)              \
  X(getrusage, 98, 165)          \
  X(getuid, 102, 174)            \
  X(getgid, 104, 176)            \
  X(geteuid, 107, 175)           \
  X(getegid, 108, 177)           \
  X(setsid, 112, 157)            \
  X(getgroups, 115, 158)         \
  X(setgroups, 116, 159)         \
  X(setresuid, 117, 147)         \
  X(getresuid, 118, 148)         \
  X(setresgid, 119, 149)         \
  X(getresgid, 120, 150)         \
  X(capget, 125, 90)             \
  X(capset, 126, 91)             \
  X(fstatfs, 138, 44)            \
  X(getpriority, 140, 141)       \
  X(setpriority, 141, 140)       \
  X(sched_getparam, 143, 121)    \
  X(sched_setscheduler, 144, 119) \
  X(sched_getscheduler, 145, 120) \
  X(pivot_root, 155, 41)         \
  X(prctl, 157, 167)             \
  X(chroot, 161, 51)             \
  X(mount, 165, 40)              \
  X(umount2, 166, 39)            \
  X(sethostname, 170, 161)       \
  X(setdomainname, 171, 162)     \
  X(gettid, 186, 178)            \
  X(lsetxattr, 189, 6)           \
  X(lgetxattr, 192, 9)           \
  X(lremovexattr, 198, 15)       \
  X(futex, 202, 98)              \
  X(sched_setaffinity, 203, 122) \
  X(sched_getaffinity, 204, 123) \
  X(getdents64, 217, 61)         \
  X(clock_gettime, 228, 113)     \
  X(exit_group, 231, 94)         \
  X(epoll_ctl, 233, 21)          \
  X(waitid, 247, 95)             \
  X(keyctl, 250, 219)            \
  X(openat, 257, 56)             \
  X(mkdirat, 258, 34)            \
  X(mknodat, 259, 33)            \
  X(fchownat, 260, 54)           \
  X(unlinkat, 263, 35)           \
  X(symlinkat, 266, 36)          \
  X(readlinkat, 267, 78)         \
  X(fchmodat, 268, 53)           \
  X(faccessat, 269, 48)          \
  X(ppoll, 271, 73)              \
  X(unshare, 272, 97)            \
  X(splice, 275, 76)             \
  X(epoll_pwait, 281, 22)        \
  X(timerfd_create, 283, 85)     \
  X(timerfd_settime, 286, 86)    \
  X(timerfd_gettime, 287, 87)    \
  X(signalfd4, 289, 74)          \
  X(eventfd2, 290, 19)           \
  X(epoll_create1, 291, 20)      \
  X(dup3, 292, 24)               \
  X(pipe2, 293, 59)              \
  X(rt_tgsigqueueinfo, 297, 240) \
  X(prlimit64, 302, 261)         \
  X(setns, 308, 268)             \
  X(seccomp, 317, 277)           \
  X(getrandom, 318, 278)         \
  X(memfd_create, 319, 279)      \
  X(execveat, 322, 281)          \
  X(statx, 332, 291)             \
  X(pidfd_send_signal, 424, 424) \
  X(io_uring_enter, 426, 426)    \
  X(open_tree, 428, 428)         \
  X(move_mount, 429, 429)        \
  X(fsopen, 430, 430)            \
  X(fsconfig, 431, 431)          \
  X(fsmount, 432, 432)           \
  X(fspick, 433, 433)            \
  X(pidfd_open, 434, 434)        \
  X(clone3, 435, 435)            \
  X(close_range, 436, 436)       \
  X(openat2, 437, 437)           \
  X(pidfd_getfd, 438, 438)       \
  X(faccessat2, 439, 439)        \
  X(mount_setattr, 442, 442)    

enum csys_number {
#if defined(__x86_64__)
#define CSYS_NUMBER(name, x86_64, aarch64) CSYS_NR_##name = x86_64,
#elif defined(__aarch64__)
#define CSYS_NUMBER(name, x86_64, aarch64) CSYS_NR_##name = aarch64,
#else
#error "Sandbox knows x86_64 and aarch64"
#endif
    CSYS_NUMBERS(CSYS_NUMBER)
#undef CSYS_NUMBER
};

#endif
