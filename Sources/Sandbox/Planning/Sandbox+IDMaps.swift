internal import Credentials
internal import Namespaces
internal import SandboxPlanning

extension Sandbox {
  /// The maps of the jail's user namespace. The jail's own group comes first, supplementary ones are the host's, by its own
  /// numbers.
  func idMaps(on host: Host) -> IDMaps {
    if namespaces.isShared(.user) {
      let all = IDMapping(inside: 0, outside: 0, count: .max)
      return IDMaps(users: [all], groups: [all], deniesGroups: false)
    }
    let users = userContext(on: host), groups = groupContext(on: host)
    let supplementary = who(on: host).groups.map { IDMapping(inside: $0, outside: $0) }
    return IDMaps(
      users: namespaces.users.resolved(in: users), groups: namespaces.groups.resolved(in: groups) + supplementary,
      deniesGroups: !dropsGroups(on: host),
      helpers: MapHelpers(
        user: namespaces.users.takesHelper(in: users) ? host.subordinateUsers.helper ?? "" : "",
        group: namespaces.groups.takesHelper(in: groups) ? host.subordinateGroups.helper ?? "" : ""))
  }

  func idMapProblems(on host: Host) -> [Problem] {
    if namespaces.isShared(.user) { return [] }
    return namespaces.users.problems(at: "namespaces.users", in: userContext(on: host))
      + namespaces.groups.problems(at: "namespaces.groups", in: groupContext(on: host)) + supplementaryProblems(on: host)
  }

  /// Supplementary groups stand in the map by the host's numbers, each once.
  private func supplementaryProblems(on host: Host) -> [Problem] {
    let lines = namespaces.groups.resolved(in: groupContext(on: host))
    return who(on: host).groups.enumerated().compactMap { index, group in
      guard namespaces.groups != .payload, lines.contains(where: { $0.has(inside: group) || $0.has(outside: group) }) else {
        return nil
      }
      return Problem(
        PolicyPath("credentials.groups").element(index), "namespaces.groups maps group \(group) already",
        hint: "leave it out of one of them")
    }
  }

  /// Whether the supplementary groups of this process are dropped: by root, and where newgidmap(1) writes the map.
  func dropsGroups(on host: Host) -> Bool {
    host.isPrivileged || namespaces.groups.takesHelper(in: groupContext(on: host))
  }

  /// Whether the jail has users beside the payload's.
  func hasSeveralUsers(on host: Host) -> Bool {
    if namespaces.isShared(.user) { return capabilities.held.contains(.setuid) }
    let users = namespaces.users.resolved(in: userContext(on: host))
    return users.count > 1 || users.contains { $0.count > 1 }
  }

  /// Whether the init keeps CAP_KILL, which counts in the jail's own user namespace alone.
  func initKills(on host: Host) -> Bool { namespaces.own.contains(.user) && hasSeveralUsers(on: host) }

  /// What the host sees the payload as.
  func outsideUser(on host: Host) -> UInt32 {
    namespaces.isShared(.user) ? who(on: host).user : namespaces.users.outside(in: userContext(on: host))
  }
  func outsideGroup(on host: Host) -> UInt32 {
    namespaces.isShared(.user) ? who(on: host).group : namespaces.groups.outside(in: groupContext(on: host))
  }

  /// Whether what the host gives of further ids must be known.
  var asksForSubordinateIDs: Bool { namespaces.users != .payload || namespaces.groups != .payload }

  private func userContext(on host: Host) -> IDMapContext {
    IDMapContext(
      noun: "user", file: "/etc/subuid", inside: who(on: host).user, outside: host.payloadUser, isPrivileged: host.isPrivileged,
      subordinate: host.subordinateUsers)
  }

  private func groupContext(on host: Host) -> IDMapContext {
    IDMapContext(
      noun: "group", file: "/etc/subgid", inside: who(on: host).group, outside: host.payloadGroup,
      isPrivileged: host.isPrivileged, subordinate: host.subordinateGroups)
  }
}

extension Sandbox.Host {
  /// What this host gives the caller, as subuid(5) and subgid(5) say.
  mutating func lookUpSubordinateIDs() throws(Sandbox.Error) {
    let uid = uid
    (subordinateUsers, subordinateGroups) = try Sandbox.Error.translating(at: "namespaces.users") {
      let accounts = try HostAccounts.current()
      let names = Set(accounts.users.filter { $0.value == uid }.keys).union(["\(uid)"])
      return (
        try Self.subordinateIDs(in: "/etc/subuid", of: names, by: "newuidmap"),
        try Self.subordinateIDs(in: "/etc/subgid", of: names, by: "newgidmap")
      )
    }
  }
}
