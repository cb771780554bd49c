package import SandboxPlanning

/// What a process does with its own ids, which are the host's.
extension CredentialPolicy {
  /// - Parameter hasGroups: whether this process has supplementary groups, or may.
  package func entryOperations(at path: PolicyPath, as who: ResolvedCredentials) -> [Planned] {
    guard !keepsCurrent else { return [] }
    var operations: [Planned] = []
    if !who.groups.isEmpty {
      operations.append(Planned(.setGroups, .setGroups(who.groups), from: path.appending("groups")))
    }
    return operations + [
      Planned(.become, .become(uid: who.user, gid: who.group, dropGroups: who.groups.isEmpty), from: path),
      // A change of credentials has made it what fs.suid_dumpable says; another process of that user must not trace this one.
      Planned(.forbidDumping, .forbidDumping, from: path),
    ]
  }

  /// Everything that is wrong with it for such a process.
  ///
  /// - Parameters:
  ///   - user: this process's, on all of its threads and in all four places; nil where they differ.
  ///   - maySetUser: whether it has CAP_SETUID.
  ///   - maySetGroup: whether it has CAP_SETGID.
  ///   - users: those that its user namespace has; nil where that is not known.
  ///   - mappedGroups: as `users`.
  package func entryProblems(
    at path: PolicyPath, accounts: HostAccounts, user now: UInt32?, group groupNow: UInt32?, groups groupsNow: [UInt32]?,
    maySetUser: Bool, maySetGroup: Bool, users: [Range<UInt64>]? = nil, groups mappedGroups: [Range<UInt64>]? = nil
  ) -> [Problem] {
    var problems: [Problem] = []
    if umask > 0o777 { problems.append(Problem(path.appending("umask"), "a umask has at most nine bits (0777)")) }
    guard !keepsCurrent else { return problems }
    for (name, id, known) in [("user", user, accounts.users), ("group", group, accounts.groups)] {
      if let unknown = Self.unknown(id, name, in: known, at: path.appending(name)) { problems.append(unknown) }
      if id.number(in: known) == .max { problems.append(Problem(path.appending(name), "\(UInt32.max) is nobody's number")) }
    }
    for (index, id) in groups.enumerated() {
      let path = path.appending("groups").element(index)
      if let unknown = Self.unknown(id, "group", in: accounts.groups, at: path) { problems.append(unknown) }
    }
    problems += groupCountProblems(at: path.appending("groups"))
    guard problems.isEmpty else { return problems }
    let who = resolved(by: accounts)
    for (name, ids, mapped) in [
      ("user", [who.user], users), ("group", [who.group], mappedGroups), ("groups", who.groups, mappedGroups),
    ] {
      guard let mapped, let id = ids.first(where: { id in !mapped.contains { $0.contains(UInt64(id)) } }) else { continue }
      problems.append(
        Problem(
          path.appending(name), "the user namespace of this process has no \(name == "user" ? "user" : "group") \(id)",
          hint: "name one of /proc/self/\(name == "user" ? "uid" : "gid")_map"))
    }
    let hint = "do it as root, or stay who it is: credentials = .current"
    if who.user != now, !maySetUser {
      problems.append(
        Problem(path.appending("user"), "becoming user \(user) takes CAP_SETUID, which this process lacks", hint: hint))
    }
    if who.group != groupNow, !maySetGroup {
      problems.append(
        Problem(path.appending("group"), "becoming group \(group) takes CAP_SETGID, which this process lacks", hint: hint))
    }
    if who.groups != groupsNow, !maySetGroup {
      problems.append(
        Problem(
          path.appending("groups"), "changing supplementary groups takes CAP_SETGID, which this process lacks", hint: hint))
    }
    return problems
  }
}
