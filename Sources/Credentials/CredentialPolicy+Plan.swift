package import SandboxPlanning
internal import SystemPackage

extension CredentialPolicy {
  /// - Parameters:
  ///   - who: the policy's users and groups, by number.
  ///   - dropGroups: an ordinary user's supplementary groups cannot be dropped; the kernel refuses setgroups(2).
  package func operations(at path: PolicyPath, as who: ResolvedCredentials, dropGroups: Bool) -> [Planned] {
    var operations: [Planned] = []
    if !who.groups.isEmpty {
      operations.append(Planned(.setGroups, .setGroups(who.groups), from: path.appending("groups")))
    }
    return operations + [
      Planned(.become, .become(uid: who.user, gid: who.group, dropGroups: dropGroups && who.groups.isEmpty), from: path),
      // Again, since the change of credentials has reset it: what reads /proc of pid 1 must not reach its memory.
      Planned(.forbidDumping, .forbidDumping, from: path),
    ]
  }

  /// A session keyring that is not the host's.
  package static func keyringOperations(at path: PolicyPath) -> [Planned] {
    [Planned(.newSessionKeyring, .newSessionKeyring, from: path)]
  }

  /// The payload's own.
  package func payloadOperations(at path: PolicyPath) -> [Planned] {
    [Planned(.setUmask, .setUmask(umask), from: path.appending("umask"))]
  }

  package static let hints: [Hint] =
    keyringHints + Hint.refused("become", "setgroups", "setresgid", "setresuid")
    + Hint.refused("set-groups", "setgroups")

  private static let keyringHints: [Hint] = [
    Hint(
      "new-session-keyring", "keyctl", .notPermitted, cause: .filter,
      "a system call filter above this process refuses keyctl(2), which it must allow"),
    Hint(
      "new-session-keyring", "keyctl", Errno(rawValue: 122), cause: .limit,
      "the user's quota of keys is used up: see /proc/key-users and sysctl kernel.keys"),
  ]
}
