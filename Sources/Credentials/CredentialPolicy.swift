/// Who the payload is, as the jail sees it.
///
/// Outside it is someone else: an id that the host's accounts do not have where root spawns, the caller where an ordinary
/// user does. It is never the host's root. ``groups`` alone are the host's; all of them are in `enter()`, and where the jail
/// shares the host's users.
public struct CredentialPolicy: Hashable, Sendable {
  /// The user inside; any but 65534, which is how the kernel shows every owner that the jail does not know. A name stands for
  /// the number that the host's /etc/passwd has for it, and gives no right of that user's: setresuid(2).
  public var user: CredentialID = 1000
  /// The group inside; any but 65534. A name stands for the number that the host's /etc/group has for it: setresgid(2).
  public var group: CredentialID = 1000
  /// Supplementary groups, **of the host**: setgroups(2). The jail sees them by the host's numbers, and may use a file that it
  /// is shown as these groups may.
  ///
  /// Only root can give them. An ordinary user's own groups cannot be dropped, which `Enforcement` names, nor shown inside
  /// by their numbers. Never group 0, and at most 338 (as many lines as a gid map has, user_namespaces(7), but two).
  public var groups: [CredentialID] = []
  /// Mode bits that new files do not get: umask(2).
  public var umask: UInt32 = 0o022

  /// For `enter()`, and a jail that shares the host's users: this process stays who it is, and ``user``, ``group`` and
  /// ``groups`` are not used. It is what a process without any right can do.
  public var keepsCurrent = false

  /// Who this process is: for `enter()`, and a jail that shares the host's users.
  public static let current: CredentialPolicy = {
    var policy = CredentialPolicy()
    policy.keepsCurrent = true
    return policy
  }()

  /// User and group 1000, no supplementary groups, umask 022.
  public init() {}

  /// Whether a host's account files must be read.
  package var namesAccounts: Bool {
    !keepsCurrent && ([user, group] + groups).contains { if case .name = $0 { true } else { false } }
  }
}
