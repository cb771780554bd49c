public import SandboxPlanning

extension Sandbox {
  /// What a run used, as the jail's init counted it: the payload, and every process of the jail that was waited for.
  ///
  /// It does not contain what a process used that was killed with its parent still running and never waited for by it; the
  /// whole jail's use is a cgroup's to tell. `nil` where it is not known, since the init was killed.
  public struct Usage: Sendable, Hashable {
    /// From the program's start to its end. Source: CLOCK_MONOTONIC, read by the init.
    public let wallTime: Duration?
    /// In the program's own code. Source: getrusage(2), RUSAGE_CHILDREN of the init.
    public let userTime: Duration?
    /// In the kernel on its behalf. Source: getrusage(2), RUSAGE_CHILDREN of the init.
    public let systemTime: Duration?
    /// The largest resident size of any one process. Source: getrusage(2), RUSAGE_CHILDREN of the init.
    public let largestResidentSize: ByteCount?

    /// Both CPU times together.
    public var cpuTime: Duration? {
      guard let userTime, let systemTime else { return nil }
      return userTime + systemTime
    }

    static let unknown = Usage(wallTime: nil, userTime: nil, systemTime: nil, largestResidentSize: nil)
  }
}
