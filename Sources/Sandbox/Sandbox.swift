/// A jail, described as a value.
///
/// `Sandbox()` is a closed box: namespaces of its own for everything, a minimal read-only root, no network but a loopback
/// of its own, no capabilities, a system call filter, bounded limits, no descriptor but the three standard streams. A
/// caller opens what it needs.
///
/// ```swift
/// let outcome = try await Sandbox().run("/usr/bin/python3", arguments: ["-c", "print(6 * 7)"])
/// outcome.standardOutput  // "42\n"
/// ```
///
/// It works as root and as an ordinary user, without a setuid helper. Nothing of the calling process changes: no working
/// directory, signal handler, umask, descriptor or child of its own is touched.
///
/// What it does not protect against: a fault of the kernel that the jail's system calls can reach, what leaks through the
/// processor's caches and timing, and use of the machine's CPU time and memory beyond the limits of a process (limits of
/// the whole jail are a cgroup's).
public struct Sandbox: Sendable, Hashable {
  /// What the jail has of its own, and what it shares with the host.
  public var namespaces = NamespacePolicy()
  /// What it sees as its root directory.
  public var filesystem = RootfsPolicy()
  /// Who the payload is, as the jail sees it.
  public var credentials = CredentialPolicy()
  /// What the payload may do beyond an ordinary process.
  public var capabilities = CapabilityPolicy()
  /// The limits of each of its processes.
  public var limits = ResourceLimitPolicy()
  /// When and where its processes run.
  public var scheduling = SchedulingPolicy()
  /// Which system calls its processes may make.
  public var filter = SeccompPolicy.standard
  /// How long the payload may run, by the wall clock, before everything in the jail is killed; `nil` means for ever.
  public var deadline: Duration?

  /// The closed box.
  public init() {}
}
