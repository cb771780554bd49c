package import SandboxPlanning

/// Which system calls the programs of a jail may make.
public enum SeccompPolicy: Hashable, Sendable {
  /// What ordinary programs need, and nothing of what administers a machine; the default.
  ///
  /// Interpreters, compilers, shells with job control, threads, servers, and debuggers work: ptrace(2) is allowed, and
  /// reaches only the jail's own processes. A program that a known call is denied to gets EPERM; one that makes a call
  /// newer than this version gets ENOSYS, as from an older kernel, and falls back. A call by another interface than the
  /// processor's own 64-bit one (i386, x32) ends the process with SIGSYS.
  ///
  /// - Mounts, roots, namespaces, modules, clocks, quotas, keyrings, file handles, io_uring, bpf, userfaultfd, perf events
  ///   and the kernel's log are denied. clone3(2) gives ENOSYS, since its flags lie behind a pointer; the C library
  ///   then uses clone(2).
  /// - Sockets are of AF_UNIX, AF_INET, AF_INET6, or AF_NETLINK for routes. Others fail with EAFNOSUPPORT (another netlink
  ///   protocol with EPROTONOSUPPORT), as on a kernel that was built without them.
  /// - Putting characters into a terminal's input (TIOCSTI, TIOCLINUX) is denied, and changing a terminal for everyone who
  ///   has it (TIOCSETD, TIOCCONS).
  /// - The limits, the scheduling and the priorities of process 1, the jail's init, cannot be changed; so no priority can be set
  ///   for all of a user's processes (PRIO_USER, IOPRIO_WHO_USER).
  /// - CLONE_PARENT, by which a process makes a child of its parent's, is denied.
  /// - Where a bind mount is writable, set-user-ID and set-group-ID bits cannot be set, and openat2(2) gives ENOSYS, since
  ///   its mode lies behind a pointer. `mkdir -m 2755` and `chmod g+s` fail there.
  ///
  /// It does not protect against faults in what it allows. Linux 4.14; seccomp(2).
  case standard
  /// No filter: every call that the kernel has is within the jail's reach. The reason is shown in plans and reports.
  ///
  /// Where a bind mount is writable, one thing is refused all the same: to put a set-user-ID file there, which would run on
  /// the host with its owner's rights. Calls newer than this version, io_uring(7) and i386's are then closed with it. Nor may a
  /// further program of a jail make a child of its parent's, which lives outside of the jail: to it CLONE_PARENT is denied,
  /// clone3(2) gives ENOSYS, and calls newer than this version and i386's are closed.
  case off(because: String)

  /// Everything that is wrong with it.
  package func problems(at path: PolicyPath) -> [Problem] {
    guard case .off(let reason) = self, reason.allSatisfy(\.isWhitespace) else { return [] }
    return [Problem(path, "a jail without a system call filter needs a reason")]
  }
}
