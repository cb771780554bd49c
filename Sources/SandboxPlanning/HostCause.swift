/// What of a host keeps something from being done.
public enum HostCause: String, Hashable, Sendable, CaseIterable, Codable {
  /// A sysctl(8) forbids it, or limits it.
  case sysctl
  /// Something has run out: processes, descriptors, namespaces, memory, keys.
  case limit
  /// AppArmor, SELinux or another security module forbids it to this process.
  case securityModule
  /// The host's /proc is covered in part, as containers have it, or does not show everything.
  case coveredProc
  /// The host has no /proc, or a read-only one.
  case missingProc
  /// This process lacks a capability.
  case missingCapability
  /// The kernel lacks it: it is too old, or was built without.
  case kernel
  /// A system call filter above this process refuses it.
  case filter
  /// This process lives in a chroot(2).
  case chroot
}

/// What helps, and what of the host it is about; nil where it is about the policy or the command.
package struct Advice: Sendable, Hashable {
  package let text: String
  package let cause: HostCause?

  package init(_ cause: HostCause?, _ text: String) {
    self.cause = cause
    self.text = text
  }
}
