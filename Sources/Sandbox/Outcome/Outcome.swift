public import SandboxPlanning

extension Sandbox {
  /// What came of running a program in a jail. When there is one, nothing of the jail is left.
  public struct Outcome: Sendable, Hashable {
    /// How the program ended; `nil` where that is not known (``Verdict/lost``).
    public let terminationStatus: TerminationStatus?
    /// What counts: the program's own end, a limit, or the host.
    public let verdict: Verdict
    /// What was collected of descriptor 1.
    public let standardOutputBytes: [UInt8]
    /// What was collected of descriptor 2.
    public let standardErrorBytes: [UInt8]
    /// How many bytes were beyond the limit of a collected stream, and are not there.
    public let cut: [Stream: Int]
    /// What the run used.
    public let usage: Usage
    /// What held of the jail.
    public let enforcement: Enforcement
    let record: StepRecord

    /// Each step of making the jail, with its time.
    public var steps: [Step] { record.steps }

    /// What was collected of descriptor 1, as UTF-8; what is none is replaced by U+FFFD.
    public var standardOutput: String { String(decoding: standardOutputBytes, as: UTF8.self) }
    /// What was collected of descriptor 2, as UTF-8; what is none is replaced by U+FFFD.
    public var standardError: String { String(decoding: standardErrorBytes, as: UTF8.self) }

    /// Whether the program came to its own end, with status 0, and nothing of its output is missing.
    public var isSuccess: Bool { verdict == .finished && terminationStatus == .exited(0) }
  }

  /// A step of making a jail, as the jailer reported it.
  public struct Step: Sendable, Hashable {
    /// What was done, as the plan prints it.
    public let operation: String
    /// The part of the policy that it comes from.
    public let path: PolicyPath
    /// Which process did it.
    public let stage: Stage
    /// How long it took.
    public let duration: Duration
  }
}
