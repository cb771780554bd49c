/// The standard filter's lists: which call is in which.
///
/// What is in none of them is denied, so that a row which is added to the table opens nothing.
enum StandardRules {
  /// Made as they are, but for the rules about arguments.
  ///
  /// ptrace(2) and its kin (process_vm_readv, pidfd_getfd, process_madvise) are among them: they reach what the caller may
  /// trace, which is the jail's own processes, so that gdb and strace work inside.
  static let allowed: [(group: String, calls: String)] = [
    (
      "reading and writing",
      """
      read write pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2 lseek sendfile splice tee vmsplice
      copy_file_range readahead fadvise64 sync_file_range fsync fdatasync sync syncfs cachestat
      """
    ),
    (
      "descriptors",
      """
      close close_range dup dup2 dup3 fcntl flock ioctl pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1
      epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime
      timerfd_gettime inotify_init inotify_init1 inotify_add_watch inotify_rm_watch memfd_create memfd_secret
      """
    ),
    (
      "files",
      """
      open openat openat2 creat stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 truncate
      ftruncate fallocate getdents getdents64 getcwd chdir fchdir rename renameat renameat2 mkdir mkdirat rmdir link linkat
      unlink unlinkat symlink symlinkat readlink readlinkat mknod mknodat chmod fchmod fchmodat fchmodat2 chown fchown
      lchown fchownat umask utime utimes futimesat utimensat file_getattr file_setattr statmount listmount
      """
    ),
    (
      "extended attributes",
      """
      setxattr lsetxattr fsetxattr setxattrat getxattr lgetxattr fgetxattr getxattrat listxattr llistxattr flistxattr
      listxattrat removexattr lremovexattr fremovexattr removexattrat
      """
    ),
    ("asynchronous input and output", "io_setup io_destroy io_getevents io_pgetevents io_submit io_cancel"),
    (
      "sockets",
      """
      socket socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt setsockopt sendto
      sendmsg sendmmsg recvfrom recvmsg recvmmsg
      """
    ),
    (
      "memory",
      """
      mmap munmap mprotect mremap msync mincore madvise brk mlock mlock2 munlock mlockall munlockall remap_file_pages
      pkey_alloc pkey_free pkey_mprotect mseal map_shadow_stack get_mempolicy set_mempolicy mbind set_mempolicy_home_node
      """
    ),
    (
      "processes",
      """
      clone fork vfork execve execveat exit exit_group wait4 waitid getpid getppid gettid getpgid setpgid getpgrp getsid
      setsid pidfd_open pidfd_send_signal pidfd_getfd process_mrelease process_madvise process_vm_readv process_vm_writev
      ptrace prctl arch_prctl personality set_tid_address rseq membarrier restart_syscall getrusage times sysinfo uname
      getrlimit setrlimit prlimit64 getpriority setpriority ioprio_get ioprio_set
      """
    ),
    ("threads", "futex futex_wait futex_wake futex_waitv futex_requeue get_robust_list set_robust_list"),
    (
      "scheduling",
      """
      sched_yield sched_setparam sched_getparam sched_setscheduler sched_getscheduler sched_get_priority_max
      sched_get_priority_min sched_rr_get_interval sched_setaffinity sched_getaffinity sched_setattr sched_getattr getcpu
      """
    ),
    (
      "signals",
      """
      kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo
      rt_tgsigqueueinfo rt_sigsuspend sigaltstack pause
      """
    ),
    // Setting a clock needs a capability; adjtimex and clock_adjtime read it too, and which is meant lies behind a pointer.
    (
      "time and randomness",
      """
      gettimeofday time clock_gettime clock_getres clock_nanosleep nanosleep adjtimex clock_adjtime getitimer setitimer
      alarm timer_create timer_settime timer_gettime timer_getoverrun timer_delete getrandom
      """
    ),
    // Within what the kernel grants a process without capabilities.
    (
      "credentials",
      """
      getuid geteuid getgid getegid getgroups getresuid getresgid setuid setgid setreuid setregid setresuid setresgid
      setfsuid setfsgid setgroups capget capset
      """
    ),
    (
      "interprocess communication",
      """
      shmget shmat shmctl shmdt semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend
      mq_timedreceive mq_notify mq_getsetattr
      """
    ),
    // A program may confine itself further.
    (
      "confinement",
      """
      seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self lsm_get_self_attr lsm_set_self_attr
      lsm_list_modules
      """
    ),
    // Made by the kernel's own trampolines in a process that the host probes; refused, they would kill it.
    ("probes", "uprobe uretprobe"),
  ]

  /// Refused with EPERM, as the kernel itself would answer most of them here.
  static let denied: [(reason: String, calls: String)] = [
    (
      "mounts and roots",
      """
      mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr
      """
    ),
    ("namespaces", "unshare setns"),
    (
      "kernel modules, other kernels, the machine",
      """
      init_module finit_module delete_module kexec_load kexec_file_load reboot iopl ioperm modify_ldt vhangup
      """
    ),
    (
      "the host's configuration",
      """
      sethostname setdomainname settimeofday clock_settime swapon swapoff acct quotactl quotactl_fd
      """
    ),
    ("what is not in any namespace: keyrings", "add_key request_key keyctl"),
    ("handles, which know no root directory", "name_to_handle_at open_by_handle_at lookup_dcookie"),
    // io_uring is answered as by kernel.io_uring_disabled: libraries then use epoll. What it does, no filter sees.
    (
      "large parts of the kernel, with a history",
      """
      io_uring_setup io_uring_enter io_uring_register bpf userfaultfd perf_event_open fanotify_init fanotify_mark
      """
    ),
    ("the kernel's log and inner addresses", "syslog kcmp sysfs ustat"),
    ("pages of other processes", "migrate_pages move_pages"),
  ]

  /// Answered with ENOSYS though they are known.
  ///
  /// clone3's flags, among them those for namespaces, lie behind a pointer, where a filter cannot see them; the C library
  /// then uses clone. The others the kernel itself has not, or no longer.
  static let missing: [(reason: String, calls: String)] = [
    ("arguments behind a pointer", "clone3"),
    (
      "gone, or never there",
      """
      uselib _sysctl create_module get_kernel_syms query_module nfsservctl getpmsg putpmsg afs_syscall tuxcall security
      set_thread_area get_thread_area epoll_ctl_old epoll_wait_old vserver
      """
    ),
  ]

  static func names(_ lists: [(String, calls: String)]) -> [String] {
    // By bytes: whether a Character is white space is a question to Unicode's tables, and each process asks it 4,000 times.
    lists.flatMap { list in
      list.calls.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map { String(Substring($0)) }
    }
  }
}
