package import SystemPackage

/// What helps when a step fails in a known way. Each mechanism has one table of them.
package struct Hint: Sendable {
  package let operation: String
  package let call: String?
  package let errno: Errno
  package let advice: @Sendable (HintFacts) -> Advice?

  /// - Parameters:
  ///   - operation: the name of the operation, as a printed plan has it.
  ///   - call: the call that failed, where that matters.
  ///   - advice: what helps, or nil where it would not be true of this host.
  package init(
    _ operation: String, _ call: String? = nil, _ errno: Errno, advice: @escaping @Sendable (HintFacts) -> Advice?
  ) {
    self.operation = operation
    self.call = call
    self.errno = errno
    self.advice = advice
  }

  /// - Parameter cause: what of the host it is about; nil where it is about the policy or the command.
  package init(
    _ operation: String, _ call: String? = nil, _ errno: Errno, cause: HostCause? = nil,
    _ text: @escaping @Sendable (HintFacts) -> String?
  ) {
    self.init(operation, call, errno) { facts in text(facts).map { Advice(cause, $0) } }
  }

  package init(_ operation: String, _ call: String? = nil, _ errno: Errno, cause: HostCause? = nil, _ text: String) {
    self.init(operation, call, errno) { _ in Advice(cause, text) }
  }
}

/// What a hint may depend on: looked up once something has failed, so that it is true of the host.
package struct HintFacts: Sendable {
  /// Reads a sysctl of the host, `kernel/unprivileged_userns_clone`; nil where it does not exist.
  package let sysctl: @Sendable (String) -> String?
  /// The AppArmor profile that confines the host's process; nil where none does.
  package let profile: String?
  /// What is mounted below the host's /proc, and so hides parts of it.
  package let coversOfProc: [String]
  /// Whether a system call filter lies on this process.
  package let isFiltered: Bool
  /// Whether this process lives in a chroot(2), as far as can be seen.
  package let isChrooted: Bool
  package let isRoot: Bool
  /// The host's effective user.
  package let uid: UInt32
  package let operation: Operation
  /// What stood in the plan before the step.
  package let earlier: [Operation]
  package let detail: Report.Detail
  package let head: [UInt8]

  package init(
    operation: Operation, earlier: [Operation], detail: Report.Detail, head: [UInt8], isRoot: Bool, uid: UInt32,
    isFiltered: Bool, isChrooted: Bool, profile: String?, coversOfProc: [String],
    sysctl: @escaping @Sendable (String) -> String?
  ) {
    self.isFiltered = isFiltered
    self.isChrooted = isChrooted
    self.operation = operation
    self.earlier = earlier
    self.uid = uid
    self.detail = detail
    self.head = head
    self.isRoot = isRoot
    self.profile = profile
    self.coversOfProc = coversOfProc
    self.sysctl = sysctl
  }
}
