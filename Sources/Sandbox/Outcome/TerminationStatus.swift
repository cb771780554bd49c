extension Sandbox {
  /// How a program ended.
  public enum TerminationStatus: Sendable, Hashable, CustomStringConvertible {
    /// It exited, with this status (0 to 255).
    case exited(Int)
    /// A signal ended it.
    case signaled(Signal)

    /// Whether it exited with status 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// The status as a shell has it: its own, or 128 and the signal's number.
    public var shellStatus: Int {
      switch self {
      case .exited(let status): status
      case .signaled(let signal): 128 + Int(signal.rawValue)
      }
    }

    /// `exited with status 0`, or `was ended by SIGTERM`.
    public var description: String {
      switch self {
      case .exited(let status): "exited with status \(status)"
      case .signaled(let signal): "was ended by \(signal)"
      }
    }
  }
}
