package import SandboxPlanning

/// What a jail has of its own, and what it shares with the host.
///
/// Every kind is the jail's own by default, made by clone3(2) (Linux 5.3). Each can be shared with the host, with a reason; a
/// user, a mount and a pid namespace of its own are what the rest of the jail is built on, and what is lost without them stands
/// at each. No further user namespace can be made inside, by anyone, unless the jail has the host's and no filter.
///
/// It does not protect against use of the machine's memory and processors, which no namespace limits; against faults of the
/// kernel that is the same for all of them; or against processes of the host, which see the jail's.
///
/// - SeeAlso: namespaces(7), setns(2)
public struct NamespacePolicy: Hashable, Sendable {
  /// A namespace of the jail's own, or the host's.
  public enum Sharing: Hashable, Sendable {
    /// A new one, gone with the jail.
    case own
    /// The host's: what lies in it is within the jail's reach. The reason is shown in plans and reports; an empty one is an
    /// error.
    case host(because: String)
    /// One that exists, by the absolute path of its file: `/run/netns/blue`, `/proc/1234/ns/ipc`. It is joined by setns(2),
    /// which takes CAP_SYS_ADMIN in the user namespace that owns it: root, as a rule. What lies in it is within the jail's
    /// reach, and what the jail keeps of capabilities counts for nothing there.
    ///
    /// At spawn: ENOENT where there is no such file, EACCES and EPERM where this process has no right to it, EINVAL where it
    /// is no namespace or one of another kind.
    case existing(at: String, because: String)
  }

  /// Users and capabilities.
  ///
  /// With the host's, ``/Credentials/CredentialPolicy`` names ids of the host, whose rights the jail then has: user 1000 is the
  /// host's, and `.current` stays who the caller is, root without a capability where that is root. A capability that is kept
  /// counts on the host, and takes a reason unless it is harmless there. The kernel does not forbid user namespaces inside; the
  /// filter does. Nor is what inotify(7) takes bounded. Each other namespace of the jail's own then takes CAP_SYS_ADMIN: an
  /// ordinary user's jail shares all of them, keeps `capabilities.bounding = .all` and `secureBits = []`, which only root can
  /// change, and is not protected from tracing the user's other processes but by the filter.
  public var user: Sharing = .own
  /// Mounts.
  ///
  /// With the host's, no root is built: ``/Rootfs/RootfsPolicy`` is `.unchanged(because:)` or `.chroot(to:)`, and what the
  /// jail's user may read and write on the host, it may.
  public var mount: Sharing = .own
  /// Process numbers.
  ///
  /// With the host's, the jail's processes see the host's and may signal those of their user, among them the jail's own init and
  /// its launcher. The init is not pid 1: it becomes a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER), and at the end kills and
  /// reaps what descends from the program, one generation after the other. What this does not protect against: who ends the
  /// init by SIGKILL ends the program with it, but leaves what the program had started; and what forks faster than it is killed
  /// lives on until a limit of processes stops it. A `.proc` shows the host's /proc. In `enter()` it is always the host's: one
  /// of its own takes a fork.
  public var pid: Sharing = .own
  /// Interfaces, routes, ports and abstract sockets. Its own has a loopback that is up, and nothing else. With another's,
  /// services on the host's loopback and its abstract sockets take connections from the jail; it gets the host's
  /// /etc/resolv.conf, too.
  public var network: Sharing = .own
  /// System V IPC and POSIX message queues. In another's, what everyone or its user outside may use, the jail may.
  public var ipc: Sharing = .own
  /// Host name and domain name.
  public var uts: Sharing = .own
  /// What the jail sees of the cgroup hierarchy: its own cgroup as `/`. It limits nothing.
  public var cgroup: Sharing = .own
  /// The monotonic and the boot clock, which ``clockOffsets`` sets off.
  public var time: Sharing = .own
  /// The jail's host name: sethostname(2); at most 64 bytes. `nil` leaves the host's name in place.
  public var hostName: String? = "sandbox"
  /// The host's users that the jail has: /proc/PID/uid_map. Its own user alone by default.
  public var users = IDMap.payload
  /// The host's groups that the jail has: /proc/PID/gid_map. Its own group alone by default. Supplementary groups of
  /// ``/Credentials/CredentialPolicy/groups`` come beside.
  public var groups = IDMap.payload
  /// How far the jail's clocks are from the host's; not at all by default. Takes a time namespace of its own.
  public var clockOffsets = ClockOffsets()
  /// sysctl(8) settings of the jail's own namespaces, by name: `net.ipv4.ip_unprivileged_port_start`, `kernel.shmmax`.
  ///
  /// Those below `net.` belong to the network namespace, those of System V IPC and of message queues to the ipc namespace; the
  /// kernel lets only user 0 of the jail's user namespace change the latter (EACCES). Any other is the whole machine's, and an
  /// error. They are written before the program runs, to which /proc/sys is read-only; none by default.
  public var sysctls: [String: String] = [:]
  /// The jail's NIS domain name: setdomainname(2); at most 64 bytes. `nil` leaves the host's in place.
  public var domainName: String?

  /// Everything of its own.
  public init() {}

  package static var sharings: [(kind: Namespace, property: WritableKeyPath<NamespacePolicy, Sharing>)] {
    [
      (.network, \.network), (.ipc, \.ipc), (.uts, \.uts), (.cgroup, \.cgroup), (.time, \.time),
    ]
  }

  /// All eight, in the order of ``Namespace``'s cases.
  package static var all: [(kind: Namespace, property: WritableKeyPath<NamespacePolicy, Sharing>)] {
    [(.user, \.user), (.mount, \.mount), (.pid, \.pid)] + sharings
  }

  /// None of its own: for `enter()` by a process that has threads, to which the kernel gives few, or by one without any right.
  public static func none(because reason: String) -> NamespacePolicy {
    var policy = NamespacePolicy()
    for row in all { policy[keyPath: row.property] = .host(because: reason) }
    return policy
  }

  /// The kinds that are the jail's own.
  public var own: NamespaceSet {
    NamespaceSet(Self.all.filter { self[keyPath: $0.property] == .own }.map(\.kind))
  }

  /// The same, of which some kinds are another's, joined by descriptor.
  package func joining(_ kinds: [Namespace]) -> NamespacePolicy {
    var policy = self
    for row in Self.sharings where kinds.contains(row.kind) { policy[keyPath: row.property] = .host(because: "joined") }
    return policy
  }

  /// What a further program of the jail joins, beside the pid namespace: what is not the host's, also where the jail itself has
  /// joined it, since its supervisor begins in the host's.
  package var ofFurtherPrograms: NamespaceSet {
    NamespaceSet(own.sorted + joined.map(\.kind)).subtracting([.pid])
  }

  /// What is shared with the host, and why.
  public var shared: [(kind: Namespace, reason: String)] {
    Self.all.compactMap { row in
      guard case .host(let reason) = self[keyPath: row.property] else { return nil }
      return (row.kind, reason)
    }
  }

  /// What is joined, by the path of its file, and why.
  public var joined: [(kind: Namespace, path: String, reason: String)] {
    Self.all.compactMap { row in
      guard case .existing(let path, let reason) = self[keyPath: row.property] else { return nil }
      return (row.kind, path, reason)
    }
  }

  package func isShared(_ kind: Namespace) -> Bool {
    let sharing =
      switch kind {
      case .user: user
      case .mount: mount
      case .pid: pid
      case .network: network
      case .ipc: ipc
      case .uts: uts
      case .cgroup: cgroup
      case .time: time
      }
    if case .host = sharing { return true }
    return false
  }

  /// Whether it shares any of the three that others are built on.
  package var sharesFoundations: Bool { isShared(.user) || isShared(.mount) || isShared(.pid) }

  /// What a jail that is spawned cannot join, and what a user namespace of the host's leaves to nobody but root.
  ///
  /// - Parameter hasAdministration: whether this process has CAP_SYS_ADMIN.
  package func spawningProblems(at path: PolicyPath, hasAdministration: Bool) -> [Problem] {
    var problems = [(Namespace.user, user), (.mount, mount), (.pid, pid)].compactMap { kind, sharing -> Problem? in
      guard case .existing = sharing else { return nil }
      return Problem(
        path.appending(kind.rawValue), "a jail joins no \(kind.rawValue) namespace that exists",
        hint: "leave it at .own, or share the host's; further programs of a jail are Process.spawn(_:)")
    }
    guard isShared(.user) else { return problems }
    if !hasAdministration {
      problems += (own.sorted + joined.map(\.kind)).map { kind in
        Problem(
          path.appending(kind.rawValue),
          "a \(kind.rawValue) namespace other than the host's takes CAP_SYS_ADMIN, which this process lacks",
          hint: "leave namespaces.user at .own, or share this one as well")
      }
    }
    for (name, map) in [("users", users), ("groups", groups)] where map != .payload {
      problems.append(
        Problem(
          path.appending(name), "the host's user namespace has all of the host's ids, and no map",
          hint: "leave it at .payload, or namespaces.user at .own"))
    }
    return problems
  }

  /// What the namespaces that others are built on open, where they are the host's.
  package var dangers: [(kind: Namespace, danger: String)] {
    guard sharesFoundations else { return [] }
    return [
      (Namespace.user, "the jail's users and groups are the host's, with their rights, and so are its capabilities"),
      (.mount, "the jail has no root of its own: what its user may read and write on the host, it may"),
      (
        .pid,
        "the jail sees the host's processes, and may signal those of its user, its own init among them: killed by SIGKILL, that "
          + "leaves what the program has started"
      ),
    ].filter { isShared($0.0) }
  }

  /// Everything that is wrong with it.
  package func problems(at path: PolicyPath) -> [Problem] {
    var problems: [Problem] = []
    for (kind, reason) in shared where reason.allSatisfy(\.isWhitespace) {
      problems.append(Problem(path.appending(kind.rawValue), "sharing the host's \(kind.rawValue) namespace needs a reason"))
    }
    for (kind, file, reason) in joined {
      let here = path.appending(kind.rawValue)
      if reason.allSatisfy(\.isWhitespace) {
        problems.append(Problem(here, "joining an existing \(kind.rawValue) namespace needs a reason"))
      }
      if !file.hasPrefix("/") || file.utf8.contains(0) || file.utf8.count > 4095 {
        problems.append(Problem(here, "\"\(file)\" is no absolute path of a namespace's file", hint: "as /run/netns/blue"))
      }
    }
    if clockOffsets != ClockOffsets(), time != .own {
      problems.append(
        Problem(
          path.appending("clockOffsets"), "clocks can be set off only in a time namespace of the jail's own",
          hint: "leave namespaces.time at .own"))
    }
    problems += sysctlProblems(at: path.appending("sysctls"))
    for (name, value) in [("hostName", hostName), ("domainName", domainName)] {
      guard let value else { continue }
      if value.isEmpty || value.utf8.count > 64 || value.utf8.contains(0) {
        problems.append(Problem(path.appending(name), "a name has 1 to 64 bytes, none of them NUL; this has \(value.utf8.count)"))
      }
    }
    if uts != .own, self.hostName != NamespacePolicy().hostName || domainName != nil {
      problems.append(
        Problem(
          path.appending("hostName"), "the name of another's uts namespace cannot be changed",
          hint: "leave namespaces.uts at .own"))
    }
    return problems
  }
}
