internal import CSyscalls
internal import SandboxKernel
public import SystemPackage

/// What a thread may do beyond an ordinary one: its five sets, as /proc/PID/status shows them.
///
/// - SeeAlso: capabilities(7), proc_pid_status(5)
public struct CapabilityState: Hashable, Sendable {
  /// What is in force: `CapEff`.
  public let effective: CapabilitySet
  /// What may be made effective: `CapPrm`.
  public let permitted: CapabilitySet
  /// What stays through an execve(2) of a program that has it inheritable: `CapInh`.
  public let inheritable: CapabilitySet
  /// What no execve(2) can go beyond: `CapBnd`.
  public let bounding: CapabilitySet
  /// What stays through execve(2): `CapAmb`.
  public let ambient: CapabilitySet
  /// Whether execve(2) can give no privilege any more: `NoNewPrivs` (Linux 4.10).
  public let noNewPrivileges: Bool

  /// Of the main thread of a process; nil means this one's.
  ///
  /// - Throws: the errno of open(2) or read(2): ENOENT for a process that is gone; EPROTO where the file is not understood.
  public init(ofProcess pid: Int32? = nil) throws(Errno) {
    let text: String
    do throws(SystemCallError) {
      text = try HostPath.text(of: "/proc/\(pid.map(String.init) ?? "self")/status")
    } catch { throw error.errno }
    guard let state = CapabilityState(status: text) else { throw Errno(rawValue: 71) }  // EPROTO
    self = state
  }

  /// Reads the text of such a file; nil where it is none.
  public init?(status: String) {
    var fields: [Substring: Substring] = [:]
    for line in status.split(separator: "\n") {
      let parts = line.split(whereSeparator: { $0 == ":" || $0.isWhitespace })
      if parts.count == 2 { fields[parts[0]] = parts[1] }
    }
    func set(_ name: Substring) -> CapabilitySet? {
      fields[name].flatMap { UInt64($0, radix: 16) }.map { CapabilitySet(mask: $0) }
    }
    guard let effective = set("CapEff"), let permitted = set("CapPrm"), let inheritable = set("CapInh"),
      let bounding = set("CapBnd"), let ambient = set("CapAmb"), let latch = fields["NoNewPrivs"]
    else { return nil }
    self.effective = effective
    self.permitted = permitted
    self.inheritable = inheritable
    self.bounding = bounding
    self.ambient = ambient
    self.noNewPrivileges = latch == "1"
  }

  /// The three sets that capability text speaks of.
  public var process: ProcessCapabilities {
    ProcessCapabilities(effective: effective, permitted: permitted, inheritable: inheritable)
  }
}

extension SecureBits {
  /// The calling thread's: `PR_GET_SECUREBITS` of prctl(2).
  public static var current: SecureBits {
    SecureBits(rawValue: UInt32(truncatingIfNeeded: csys_prctl(CSYS_PR_GET_SECUREBITS, 0, 0, 0, 0)))
  }
}
