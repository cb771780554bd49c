package import SandboxPlanning

/// A policy's users and groups, by number.
package struct ResolvedCredentials: Hashable, Sendable {
  package var user, group: UInt32
  /// Ascending, none twice.
  package var groups: [UInt32]
}

extension CredentialPolicy {
  /// The id that stands for every unmapped one: /proc/sys/kernel/overflowuid.
  static let overflow: UInt32 = 65534

  /// As many lines as a gid map takes (Linux 4.15), but for the payload's own group and for one to spare.
  static let mostGroups = 338

  /// By number; an unknown name, which ``problems(at:accounts:isPrivileged:)`` reports, is left out.
  package func resolved(by accounts: HostAccounts) -> ResolvedCredentials {
    ResolvedCredentials(
      user: user.number(in: accounts.users) ?? Self.overflow, group: group.number(in: accounts.groups) ?? Self.overflow,
      groups: Set(groups.compactMap { $0.number(in: accounts.groups) }).sorted())
  }

  /// The supplementary groups that it names, as the jail's programs shall see them.
  package func namedGroups(in accounts: HostAccounts) -> [(name: String, id: UInt32)] {
    groups.compactMap { group in
      guard case .name(let name) = group, let number = accounts.groups[name] else { return nil }
      return (name, number)
    }
  }

  /// Everything that is wrong with it.
  ///
  /// - Parameter isPrivileged: whether the host's process can give groups to others.
  package func problems(at path: PolicyPath, accounts: HostAccounts, isPrivileged: Bool) -> [Problem] {
    var problems: [Problem] = []
    for (name, id, known) in [("user", user, accounts.users), ("group", group, accounts.groups)] {
      let path = path.appending(name)
      if let unknown = Self.unknown(id, name, in: known, at: path) {
        problems.append(unknown)
      } else if let number = id.number(in: known), number == Self.overflow || number == .max {
        problems.append(
          Problem(path, "\(id) cannot be told from ids that the jail does not know", hint: "use any other, as 1000"))
      }
    }
    problems += groupProblems(at: path.appending("groups"), accounts: accounts, isPrivileged: isPrivileged)
    if umask > 0o777 { problems.append(Problem(path.appending("umask"), "a umask has at most nine bits (0777)")) }
    return problems
  }

  private func groupProblems(at path: PolicyPath, accounts: HostAccounts, isPrivileged: Bool) -> [Problem] {
    guard !groups.isEmpty else { return [] }
    guard isPrivileged else {
      return [
        Problem(
          path, "an ordinary user can give its jail no supplementary groups: the kernel refuses setgroups(2)",
          hint: "name none, or spawn as root")
      ]
    }
    var problems: [Problem] = []
    for (index, id) in groups.enumerated() {
      let path = path.element(index)
      if let unknown = Self.unknown(id, "group", in: accounts.groups, at: path) {
        problems.append(unknown)
        continue
      }
      let number = id.number(in: accounts.groups)
      if number == 0 {
        problems.append(Problem(path, "a jail never has the rights of the host's group 0", hint: "name the group that it needs"))
      } else if number == Self.overflow || number == .max {
        problems.append(Problem(path, "\(id) cannot be told from ids that the jail does not know", hint: "name another group"))
      } else if number == group.number(in: accounts.groups) {
        problems.append(
          Problem(
            path, "\(id) is the number of the jail's own group inside, which is another one outside",
            hint: "give the jail another \(PolicyPath("credentials.group"))"))
      }
    }
    return problems + groupCountProblems(at: path)
  }

  func groupCountProblems(at path: PolicyPath) -> [Problem] {
    guard groups.count > Self.mostGroups else { return [] }
    return [Problem(path, "a jail takes at most \(Self.mostGroups) groups; these are \(groups.count)")]
  }

  static func unknown(_ id: CredentialID, _ kind: String, in known: [String: UInt32], at path: PolicyPath) -> Problem? {
    guard case .name(let name) = id, known[name] == nil else { return nil }
    let file = kind == "user" ? "/etc/passwd" : "/etc/group"
    let nearest = nearestName(to: name, among: known.keys.sorted()).map { "did you mean \"\($0)\"?" }
    return Problem(
      path, "the host's \(file) has no \(kind) \"\(name)\"", hint: nearest ?? "add it there, or give its number")
  }
}
