internal import SandboxPlanning

extension Sandbox.Host {
  /// What this kernel and this host allow, each part found out by doing it: ``Sandbox/Host/report()``.
  public struct Report: Sendable, Hashable {
    /// A part of a jail, and whether this host allows it.
    public struct Finding: Sendable, Hashable {
      /// The part of the policy that it is about, or `closed-box` for all of it together.
      public let name: String
      /// What was tried, in words.
      public let title: String
      /// Whether a closed box takes it. What it does not take is there for policies that ask for it.
      public let isNeeded: Bool
      /// What came of it.
      public let verdict: Verdict
    }

    /// What came of trying something.
    public enum Verdict: Sendable, Hashable {
      /// It works.
      case allowed
      /// It does not; the error is what a spawn would throw, with what helps.
      case refused(Sandbox.Error)
      /// It could not be tried, since the part of that name is refused, on which it builds.
      case untried(because: String)

      /// Whether it works.
      public var isAllowed: Bool { self == .allowed }
    }

    /// The kernel's release, as uname(2) gives it.
    public let kernel: String
    /// The effective user that asked.
    public let uid: UInt32
    /// The AppArmor profile that confines this process; nil where none does.
    public let profile: String?
    /// Whether a system call filter lies on this process.
    public let isFiltered: Bool
    /// The parts, from the bottom up; the closed box is the last.
    public let findings: [Finding]
    /// What of the closed box the kernel cannot enforce here; empty where there is no box.
    public let gaps: [Sandbox.Enforcement.Note]

    /// Whether a closed box can be made: what `sandbox doctor` says by its exit status.
    public var allowsClosedBox: Bool { findings.last?.verdict == .allowed }
  }
}
