package import SandboxPlanning
internal import SystemPackage

extension SeccompPolicy {
  /// What helps when a step of this mechanism fails.
  package static let hints: [Hint] = [
    Hint(
      "load-filter", "seccomp", .noFunction, cause: .kernel,
      "the kernel has no seccomp(2), or a system call filter above this process hides it: it needs CONFIG_SECCOMP_FILTER, or "
        + ".filter = .off(because:)"),
    Hint(
      "load-filter", "seccomp", .invalidArgument, cause: .kernel,
      "the kernel has no system call filters, or takes none of this form: it needs CONFIG_SECCOMP_FILTER, or "
        + ".filter = .off(because:)"),
    Hint(
      "load-filter", "seccomp", .permissionDenied,
      "no_new_privs is not set, and the process has no CAP_SYS_ADMIN: the step set-no-new-privileges must come before"),
    Hint(
      "load-filter", "seccomp", .notPermitted, cause: .filter,
      "a system call filter above this process refuses seccomp(2), which it must allow"),
    Hint(
      "load-filter", "seccomp", .noMemory, cause: .limit,
      "too many filters lie on this process already (32,768 instructions together), or memory is short: run it under fewer"),
  ]
}
