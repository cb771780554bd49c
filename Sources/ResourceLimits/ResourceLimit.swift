/// A resource limit of a process: one of the sixteen of setrlimit(2).
///
/// It bounds *each process*, not the jail: a child has the same limit anew.
public enum ResourceLimit: Int, Hashable, Sendable, CaseIterable {
  /// CPU time of a process, in seconds: SIGXCPU at the soft limit, SIGKILL at the hard one. `RLIMIT_CPU`.
  case cpuTime = 0
  /// The largest file that a process may write, in bytes: SIGXFSZ beyond it. `RLIMIT_FSIZE`.
  case fileSize = 1
  /// Data segment and private writable mappings of a process, in bytes. `RLIMIT_DATA`.
  case dataSegment = 2
  /// Stack of the main thread, in bytes; also what bounds arguments and environment. `RLIMIT_STACK`.
  case stack = 3
  /// The largest core dump, in bytes; 0 makes no file. Where the host's kernel.core_pattern is a program, the kernel starts that
  /// one all the same (core(5)). `RLIMIT_CORE`.
  case coreDump = 4
  /// Resident memory in bytes; the kernel has ignored it since 2.4.30. `RLIMIT_RSS`.
  case residentSet = 5
  /// Processes and threads of the *user*, in all jails of one launcher together; not of one jail. `RLIMIT_NPROC`.
  case processes = 6
  /// One more than the largest descriptor that a process may open. `RLIMIT_NOFILE`.
  case openFiles = 7
  /// Memory that a process may lock, in bytes. `RLIMIT_MEMLOCK`.
  case lockedMemory = 8
  /// Address space of a process, in bytes. `RLIMIT_AS`.
  case addressSpace = 9
  /// flock locks and leases; the kernel has ignored it since 2.4.25. `RLIMIT_LOCKS`.
  case fileLocks = 10
  /// Queued signals of the user. `RLIMIT_SIGPENDING`.
  case pendingSignals = 11
  /// POSIX message queues of the user, in bytes. `RLIMIT_MSGQUEUE`.
  case messageQueues = 12
  /// Highest priority that nice(2) may reach, as 20 minus the nice value. `RLIMIT_NICE`.
  case nice = 13
  /// Highest real-time priority. `RLIMIT_RTPRIO`.
  case realtimePriority = 14
  /// CPU time under a real-time policy without a blocking call, in microseconds. `RLIMIT_RTTIME`.
  case realtimeTimeout = 15

  /// The name of the property and of the key, with the kernel's name as prlimit(1) has it; the one table of them.
  static let table: [(limit: ResourceLimit, name: String, kernelName: String)] = [
    (.cpuTime, "cpuTime", "cpu"),
    (.fileSize, "fileSize", "fsize"),
    (.dataSegment, "dataSegment", "data"),
    (.stack, "stack", "stack"),
    (.coreDump, "coreDump", "core"),
    (.residentSet, "residentSet", "rss"),
    (.processes, "processes", "nproc"),
    (.openFiles, "openFiles", "nofile"),
    (.lockedMemory, "lockedMemory", "memlock"),
    (.addressSpace, "addressSpace", "as"),
    (.fileLocks, "fileLocks", "locks"),
    (.pendingSignals, "pendingSignals", "sigpending"),
    (.messageQueues, "messageQueues", "msgqueue"),
    (.nice, "nice", "nice"),
    (.realtimePriority, "realtimePriority", "rtprio"),
    (.realtimeTimeout, "realtimeTimeout", "rttime"),
  ]

  /// What a limit's number counts.
  public enum Unit: String, Hashable, Sendable {
    /// Bytes.
    case bytes
    /// Whole seconds.
    case seconds
    /// Microseconds.
    case microseconds
    /// Things: descriptors, processes, locks, signals, or a step of priority.
    case count
  }

  /// What its number counts.
  public var unit: Unit {
    switch self {
    case .fileSize, .dataSegment, .stack, .coreDump, .residentSet, .lockedMemory, .addressSpace, .messageQueues: .bytes
    case .cpuTime: .seconds
    case .realtimeTimeout: .microseconds
    case .processes, .openFiles, .fileLocks, .pendingSignals, .nice, .realtimePriority: .count
    }
  }

  /// The limit of a name: `openFiles`, or the kernel's, `nofile`, `RLIMIT_NOFILE`; nil where it is none.
  public init?(named name: String) {
    let lower = name.lowercased()
    let bare = lower.hasPrefix("rlimit_") ? String(lower.dropFirst(7)) : lower
    guard let row = Self.table.first(where: { $0.name == name || $0.kernelName == bare }) else { return nil }
    self = row.limit
  }

  /// The name of its property in ``ResourceLimitPolicy``.
  public var name: String { Self.table[rawValue].name }

  /// The kernel's name as prlimit(1) and ulimit(1p) have it: `nofile`.
  public var kernelName: String { Self.table[rawValue].kernelName }
}
