internal import SandboxPlanning

/// A kind of namespace: a part of the system of which a process can have a copy of its own.
///
/// What has no kind is the machine's for everyone: the wall clock, most of /proc and /sys, keyrings, the kernel itself. And
/// none of them limits how much is used.
///
/// - SeeAlso: namespaces(7), clone(2), setns(2)
public enum Namespace: String, Hashable, Sendable, CaseIterable, Codable {
  /// Users and capabilities: user_namespaces(7), `CLONE_NEWUSER` (Linux 3.8).
  case user
  /// Mounts: mount_namespaces(7), `CLONE_NEWNS` (Linux 2.4.19).
  case mount
  /// Process numbers: pid_namespaces(7), `CLONE_NEWPID` (Linux 2.6.24).
  case pid
  /// Interfaces, routes, ports, abstract sockets: network_namespaces(7), `CLONE_NEWNET` (Linux 2.6.29).
  case network
  /// System V IPC and POSIX message queues: ipc_namespaces(7), `CLONE_NEWIPC` (Linux 2.6.19).
  case ipc
  /// Host name and domain name: uts_namespaces(7), `CLONE_NEWUTS` (Linux 2.6.19).
  case uts
  /// What /proc/self/cgroup shows: cgroup_namespaces(7), `CLONE_NEWCGROUP` (Linux 4.6).
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
