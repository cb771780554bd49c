package import SandboxPlanning
internal import SystemPackage

extension SeccompPolicy {
  /// What helps when a step of this mechanism fails.
  package static let hints: [Hint] =
    loading("load-filter") + loading("synchronize-filter") + [
      Hint(
        "synchronize-filter", "seccomp", Errno(rawValue: 16), cause: .filter,
        "a thread has a system call filter that this one lacks, and takes no other: enter before a library loads it, or end that "
          + "thread")
    ]

  private static func loading(_ operation: String) -> [Hint] {
    [
      Hint(
        operation, "seccomp", .noFunction, cause: .kernel,
        "the kernel has no seccomp(2), or a system call filter above this process hides it: it needs CONFIG_SECCOMP_FILTER, or "
          + ".filter = .off(because:)"),
      Hint(
        operation, "seccomp", .invalidArgument, cause: .kernel,
        "the kernel has no system call filters, or takes none of this form: it needs CONFIG_SECCOMP_FILTER, or "
          + ".filter = .off(because:)"),
      Hint(
        operation, "seccomp", .permissionDenied,
        "no_new_privs is not set, and the process has no CAP_SYS_ADMIN: the step set-no-new-privileges must come before"),
      Hint(
        operation, "seccomp", .notPermitted, cause: .filter,
        "a system call filter above this process refuses seccomp(2), which it must allow"),
      Hint(
        operation, "seccomp", .noMemory, cause: .limit,
        "too many filters lie on this process already (32,768 instructions together), or memory is short: run it under fewer"),
    ]
  }
}
