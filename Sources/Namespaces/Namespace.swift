internal import SandboxPlanning

/// A kind of namespace: a part of the system of which a process can have a copy of its own.
///
/// - SeeAlso: namespaces(7)
public enum Namespace: String, Hashable, Sendable, CaseIterable, Codable {
  /// Users and capabilities: user_namespaces(7), `CLONE_NEWUSER`.
  case user
  /// Mounts: mount_namespaces(7), `CLONE_NEWNS`.
  case mount
  /// Process numbers: pid_namespaces(7), `CLONE_NEWPID`.
  case pid
  /// Interfaces, routes, ports, abstract sockets: network_namespaces(7), `CLONE_NEWNET`.
  case network
  /// System V IPC and POSIX message queues: ipc_namespaces(7), `CLONE_NEWIPC`.
  case ipc
  /// Host name and domain name: uts_namespaces(7), `CLONE_NEWUTS`.
  case uts
  /// What /proc/self/cgroup shows: cgroup_namespaces(7), `CLONE_NEWCGROUP`.
  case cgroup
  /// The monotonic and the boot clock: time_namespaces(7), `CLONE_NEWTIME` (Linux 5.6).
  case time

  /// The kernel's name of the flag.
  package var flagName: String {
    switch self {
    case .user: "CLONE_NEWUSER"
    case .mount: "CLONE_NEWNS"
    case .pid: "CLONE_NEWPID"
    case .network: "CLONE_NEWNET"
    case .ipc: "CLONE_NEWIPC"
    case .uts: "CLONE_NEWUTS"
    case .cgroup: "CLONE_NEWCGROUP"
    case .time: "CLONE_NEWTIME"
    }
  }

  /// The kernel's flag, `CLONE_NEW*`.
  package var flag: UInt64 { NamespaceFlag.table.first { $0.name == rawValue }!.flag }
}
