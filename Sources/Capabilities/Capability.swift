/// A capability: one of the pieces that root's power is cut into.
///
/// Names and numbers stand in `table` alone; parsing, printing and the test against `<linux/capability.h>` read it.
///
/// - SeeAlso: capabilities(7)
public struct Capability: RawRepresentable, Hashable, Sendable {
  /// The kernel's number: a bit's position in each of a thread's five sets.
  public let rawValue: UInt8

  /// The capability of that number, whether this table knows it or not.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Changing any file's owner and group. `CAP_CHOWN`.
  public static let chown = Capability(rawValue: 0)
  /// Reading, writing and executing regardless of permission bits. `CAP_DAC_OVERRIDE`.
  public static let dacOverride = Capability(rawValue: 1)
  /// Reading files and searching directories regardless of permission bits; open_by_handle_at(2). `CAP_DAC_READ_SEARCH`.
  public static let dacReadSearch = Capability(rawValue: 2)
  /// Acting as a file's owner, whoever owns it. `CAP_FOWNER`.
  public static let fowner = Capability(rawValue: 3)
  /// Keeping set-user-ID bits when a file is changed. `CAP_FSETID`.
  public static let fsetid = Capability(rawValue: 4)
  /// Signalling processes of other users. `CAP_KILL`.
  public static let kill = Capability(rawValue: 5)
  /// Changing group ids, and writing gid maps. `CAP_SETGID`.
  public static let setgid = Capability(rawValue: 6)
  /// Changing user ids, and writing uid maps. `CAP_SETUID`.
  public static let setuid = Capability(rawValue: 7)
  /// Changing the bounding set, the inheritable set and securebits. `CAP_SETPCAP`.
  public static let setpcap = Capability(rawValue: 8)
  /// Setting the immutable and append-only flags of files. `CAP_LINUX_IMMUTABLE`.
  public static let linuxImmutable = Capability(rawValue: 9)
  /// Binding ports below 1024. `CAP_NET_BIND_SERVICE`.
  public static let netBindService = Capability(rawValue: 10)
  /// Broadcasting; unused by the kernel. `CAP_NET_BROADCAST`.
  public static let netBroadcast = Capability(rawValue: 11)
  /// Configuring interfaces, routes and firewalls. `CAP_NET_ADMIN`.
  public static let netAdmin = Capability(rawValue: 12)
  /// Raw and packet sockets. `CAP_NET_RAW`.
  public static let netRaw = Capability(rawValue: 13)
  /// Locking memory. `CAP_IPC_LOCK`.
  public static let ipcLock = Capability(rawValue: 14)
  /// Using System V IPC objects regardless of permission. `CAP_IPC_OWNER`.
  public static let ipcOwner = Capability(rawValue: 15)
  /// Loading and unloading kernel modules. `CAP_SYS_MODULE`.
  public static let sysModule = Capability(rawValue: 16)
  /// Raw access to ports, memory and disks. `CAP_SYS_RAWIO`.
  public static let sysRawio = Capability(rawValue: 17)
  /// chroot(2), and joining mount namespaces. `CAP_SYS_CHROOT`.
  public static let sysChroot = Capability(rawValue: 18)
  /// Tracing and reading any process. `CAP_SYS_PTRACE`.
  public static let sysPtrace = Capability(rawValue: 19)
  /// Process accounting. `CAP_SYS_PACCT`.
  public static let sysPacct = Capability(rawValue: 20)
  /// Mounts, namespaces and much else: nearly root. `CAP_SYS_ADMIN`.
  public static let sysAdmin = Capability(rawValue: 21)
  /// Rebooting and kexec. `CAP_SYS_BOOT`.
  public static let sysBoot = Capability(rawValue: 22)
  /// Priorities, scheduling and affinity of any process. `CAP_SYS_NICE`.
  public static let sysNice = Capability(rawValue: 23)
  /// Exceeding resource limits and quotas. `CAP_SYS_RESOURCE`.
  public static let sysResource = Capability(rawValue: 24)
  /// Setting the system clock. `CAP_SYS_TIME`.
  public static let sysTime = Capability(rawValue: 25)
  /// Configuring virtual terminals; vhangup(2). `CAP_SYS_TTY_CONFIG`.
  public static let sysTtyConfig = Capability(rawValue: 26)
  /// Making device files. `CAP_MKNOD`.
  public static let mknod = Capability(rawValue: 27)
  /// Leases on any file. `CAP_LEASE`.
  public static let lease = Capability(rawValue: 28)
  /// Writing to the audit log. `CAP_AUDIT_WRITE`.
  public static let auditWrite = Capability(rawValue: 29)
  /// Configuring auditing. `CAP_AUDIT_CONTROL`.
  public static let auditControl = Capability(rawValue: 30)
  /// Setting file capabilities. `CAP_SETFCAP`.
  public static let setfcap = Capability(rawValue: 31)
  /// Overriding mandatory access control. `CAP_MAC_OVERRIDE`.
  public static let macOverride = Capability(rawValue: 32)
  /// Configuring mandatory access control. `CAP_MAC_ADMIN`.
  public static let macAdmin = Capability(rawValue: 33)
  /// Reading the kernel log and kernel addresses. `CAP_SYSLOG`.
  public static let syslog = Capability(rawValue: 34)
  /// Timers that wake the system. `CAP_WAKE_ALARM`.
  public static let wakeAlarm = Capability(rawValue: 35)
  /// Keeping the system from suspending. `CAP_BLOCK_SUSPEND`.
  public static let blockSuspend = Capability(rawValue: 36)
  /// Reading the audit log. `CAP_AUDIT_READ`.
  public static let auditRead = Capability(rawValue: 37)
  /// Performance monitoring: perf_event_open(2). `CAP_PERFMON`.
  public static let perfmon = Capability(rawValue: 38)
  /// Privileged BPF. `CAP_BPF`.
  public static let bpf = Capability(rawValue: 39)
  /// Checkpointing and restoring processes. `CAP_CHECKPOINT_RESTORE`.
  public static let checkpointRestore = Capability(rawValue: 40)

  /// Each capability that this version knows, by the kernel's name without `CAP_`.
  static let table: [(name: String, capability: Capability)] = [
    ("chown", .chown),
    ("dac_override", .dacOverride),
    ("dac_read_search", .dacReadSearch),
    ("fowner", .fowner),
    ("fsetid", .fsetid),
    ("kill", .kill),
    ("setgid", .setgid),
    ("setuid", .setuid),
    ("setpcap", .setpcap),
    ("linux_immutable", .linuxImmutable),
    ("net_bind_service", .netBindService),
    ("net_broadcast", .netBroadcast),
    ("net_admin", .netAdmin),
    ("net_raw", .netRaw),
    ("ipc_lock", .ipcLock),
    ("ipc_owner", .ipcOwner),
    ("sys_module", .sysModule),
    ("sys_rawio", .sysRawio),
    ("sys_chroot", .sysChroot),
    ("sys_ptrace", .sysPtrace),
    ("sys_pacct", .sysPacct),
    ("sys_admin", .sysAdmin),
    ("sys_boot", .sysBoot),
    ("sys_nice", .sysNice),
    ("sys_resource", .sysResource),
    ("sys_time", .sysTime),
    ("sys_tty_config", .sysTtyConfig),
    ("mknod", .mknod),
    ("lease", .lease),
    ("audit_write", .auditWrite),
    ("audit_control", .auditControl),
    ("setfcap", .setfcap),
    ("mac_override", .macOverride),
    ("mac_admin", .macAdmin),
    ("syslog", .syslog),
    ("wake_alarm", .wakeAlarm),
    ("block_suspend", .blockSuspend),
    ("audit_read", .auditRead),
    ("perfmon", .perfmon),
    ("bpf", .bpf),
    ("checkpoint_restore", .checkpointRestore),
  ]

  /// The kernel's name in lower case, without `cap_`: `net_bind_service`; `41` where it is not known.
  public var name: String { Self.table.first { $0.capability == self }?.name ?? String(rawValue) }
}
