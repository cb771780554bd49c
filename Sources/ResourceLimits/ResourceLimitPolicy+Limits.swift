extension ResourceLimitPolicy {
  /// CPU time of a process, in seconds: SIGXCPU at the soft limit, SIGKILL at the hard one. `RLIMIT_CPU`. `nil` leaves the host's in force.
  public var cpuTime: ResourceLimitBounds? {
    get { self[.cpuTime] }
    set { self[.cpuTime] = newValue }
  }

  /// The largest file that a process may write, in bytes: SIGXFSZ beyond it. `RLIMIT_FSIZE`. `nil` leaves the host's in force.
  public var fileSize: ResourceLimitBounds? {
    get { self[.fileSize] }
    set { self[.fileSize] = newValue }
  }

  /// Data segment and private writable mappings of a process, in bytes. `RLIMIT_DATA`. `nil` leaves the host's in force.
  public var dataSegment: ResourceLimitBounds? {
    get { self[.dataSegment] }
    set { self[.dataSegment] = newValue }
  }

  /// Stack of the main thread, in bytes; also what bounds arguments and environment. `RLIMIT_STACK`. `nil` leaves the host's in force.
  public var stack: ResourceLimitBounds? {
    get { self[.stack] }
    set { self[.stack] = newValue }
  }

  /// The largest core dump, in bytes; 0 makes no file (a program that core_pattern names is started all the same). `RLIMIT_CORE`. `nil` leaves the host's in force.
  public var coreDump: ResourceLimitBounds? {
    get { self[.coreDump] }
    set { self[.coreDump] = newValue }
  }

  /// Resident memory in bytes; the kernel has ignored it since 2.4.30. `RLIMIT_RSS`. `nil` leaves the host's in force.
  public var residentSet: ResourceLimitBounds? {
    get { self[.residentSet] }
    set { self[.residentSet] = newValue }
  }

  /// Processes and threads of the *user*, in all jails of one launcher together; not of one jail. `RLIMIT_NPROC`. `nil` leaves the host's in force.
  public var processes: ResourceLimitBounds? {
    get { self[.processes] }
    set { self[.processes] = newValue }
  }

  /// One more than the largest descriptor that a process may open. `RLIMIT_NOFILE`. `nil` leaves the host's in force.
  public var openFiles: ResourceLimitBounds? {
    get { self[.openFiles] }
    set { self[.openFiles] = newValue }
  }

  /// Memory that a process may lock, in bytes. `RLIMIT_MEMLOCK`. `nil` leaves the host's in force.
  public var lockedMemory: ResourceLimitBounds? {
    get { self[.lockedMemory] }
    set { self[.lockedMemory] = newValue }
  }

  /// Address space of a process, in bytes. `RLIMIT_AS`. `nil` leaves the host's in force.
  public var addressSpace: ResourceLimitBounds? {
    get { self[.addressSpace] }
    set { self[.addressSpace] = newValue }
  }

  /// flock locks and leases; the kernel has ignored it since 2.4.25. `RLIMIT_LOCKS`. `nil` leaves the host's in force.
  public var fileLocks: ResourceLimitBounds? {
    get { self[.fileLocks] }
    set { self[.fileLocks] = newValue }
  }

  /// Queued signals of the user. `RLIMIT_SIGPENDING`. `nil` leaves the host's in force.
  public var pendingSignals: ResourceLimitBounds? {
    get { self[.pendingSignals] }
    set { self[.pendingSignals] = newValue }
  }

  /// POSIX message queues of the user, in bytes. `RLIMIT_MSGQUEUE`. `nil` leaves the host's in force.
  public var messageQueues: ResourceLimitBounds? {
    get { self[.messageQueues] }
    set { self[.messageQueues] = newValue }
  }

  /// Highest priority that nice(2) may reach, as 20 minus the nice value. `RLIMIT_NICE`. `nil` leaves the host's in force.
  public var nice: ResourceLimitBounds? {
    get { self[.nice] }
    set { self[.nice] = newValue }
  }

  /// Highest real-time priority. `RLIMIT_RTPRIO`. `nil` leaves the host's in force.
  public var realtimePriority: ResourceLimitBounds? {
    get { self[.realtimePriority] }
    set { self[.realtimePriority] = newValue }
  }

  /// CPU time under a real-time policy without a blocking call, in microseconds. `RLIMIT_RTTIME`. `nil` leaves the host's in force.
  public var realtimeTimeout: ResourceLimitBounds? {
    get { self[.realtimeTimeout] }
    set { self[.realtimeTimeout] = newValue }
  }
}
