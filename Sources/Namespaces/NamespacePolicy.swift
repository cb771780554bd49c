package import SandboxPlanning

/// What a jail has of its own, and what it shares with the host.
///
/// Every kind is the jail's own by default. A user, a mount and a pid namespace of its own are what the rest of the jail
/// is built on; the others can be shared, with a reason.
public struct NamespacePolicy: Hashable, Sendable {
  /// A namespace of the jail's own, or the host's.
  public enum Sharing: Hashable, Sendable {
    /// A new one, gone with the jail.
    case own
    /// The host's: what lies in it is within the jail's reach. The reason is shown in plans and reports.
    case host(because: String)
  }

  /// Interfaces, routes, ports and abstract sockets. Its own has a loopback that is up, and nothing else.
  public var network: Sharing = .own
  /// System V IPC and POSIX message queues.
  public var ipc: Sharing = .own
  /// Host name and domain name.
  public var uts: Sharing = .own
  /// What the jail sees of the cgroup hierarchy.
  public var cgroup: Sharing = .own
  /// The monotonic and the boot clock.
  public var time: Sharing = .own
  /// The jail's host name: sethostname(2); at most 64 bytes. `nil` leaves the host's name in place.
  public var hostName: String? = "sandbox"
  /// The jail's NIS domain name: setdomainname(2); at most 64 bytes. `nil` leaves the host's in place.
  public var domainName: String?

  /// Everything of its own.
  public init() {}

  package static var sharings: [(kind: Namespace, property: WritableKeyPath<NamespacePolicy, Sharing>)] {
    [
      (.network, \.network), (.ipc, \.ipc), (.uts, \.uts), (.cgroup, \.cgroup), (.time, \.time),
    ]
  }

  /// The kinds that are the jail's own.
  public var own: NamespaceSet {
    NamespaceSet(
      [.user, .mount, .pid] + Self.sharings.filter { self[keyPath: $0.property] == .own }.map(\.kind))
  }

  /// What is shared with the host, and why.
  public var shared: [(kind: Namespace, reason: String)] {
    Self.sharings.compactMap { row in
      guard case .host(let reason) = self[keyPath: row.property] else { return nil }
      return (row.kind, reason)
    }
  }

  /// Everything that is wrong with it.
  package func problems(at path: PolicyPath) -> [Problem] {
    var problems: [Problem] = []
    for (kind, reason) in shared where reason.allSatisfy(\.isWhitespace) {
      problems.append(Problem(path.appending(kind.rawValue), "sharing the host's \(kind.rawValue) namespace needs a reason"))
    }
    for (name, value) in [("hostName", hostName), ("domainName", domainName)] {
      guard let value else { continue }
      if value.isEmpty || value.utf8.count > 64 || value.utf8.contains(0) {
        problems.append(Problem(path.appending(name), "a name has 1 to 64 bytes, none of them NUL; this has \(value.utf8.count)"))
      }
    }
    if uts != .own, self.hostName != NamespacePolicy().hostName || domainName != nil {
      problems.append(
        Problem(path.appending("hostName"), "the host's own name cannot be changed", hint: "leave namespaces.uts at .own"))
    }
    return problems
  }
}
