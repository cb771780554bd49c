extension Sandbox {
  /// What became of a run, seen from outside: whether the program's own end is what counts.
  public enum Verdict: Sendable, Hashable, CustomStringConvertible {
    /// The program came to its own end; ``Outcome/terminationStatus`` says which.
    case finished
    /// A time limit of the policy was reached, and everything in the jail was killed.
    case timedOut(TimeLimit)
    /// The program came to its own end, but some of its output is missing: it was beyond the limit of what is collected.
    case outputCut(Set<Stream>)
    /// The host ended it: ``Process/kill()``, ``Process/terminate(with:grace:)``, or the release of the process.
    case ended
    /// The jail's init was killed from outside, and with it everything in the jail; how the program would have ended is not
    /// known.
    case lost

    /// A time limit.
    public enum TimeLimit: String, Sendable, Hashable {
      /// ``Sandbox/deadline``.
      case wallClock
    }

    /// One line.
    public var description: String {
      switch self {
      case .finished: "finished"
      case .timedOut(.wallClock): "timed out (wall clock)"
      case .outputCut(let streams): "output cut (\(streams.map(\.rawValue).sorted().joined(separator: ", ")))"
      case .ended: "ended by the host"
      case .lost: "lost: the jail was killed from outside"
      }
    }
  }

  /// A stream that a program writes.
  public enum Stream: String, Sendable, Hashable, CaseIterable {
    /// Descriptor 1, or the terminal.
    case standardOutput
    /// Descriptor 2.
    case standardError
  }
}
