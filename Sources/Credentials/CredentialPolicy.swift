package import SandboxPlanning

/// Who the payload is, as the jail sees it.
///
/// Outside it is someone else: an id that the host's accounts do not have where root spawns, the caller where an ordinary
/// user does. It is never the host's root.
public struct CredentialPolicy: Hashable, Sendable {
  /// The user's number inside; any but 65534, which is how the kernel shows every owner that the jail does not know.
  public var user: UInt32 = 1000
  /// The group's number inside; any but 65534.
  public var group: UInt32 = 1000
  /// Mode bits that new files do not get: umask(2).
  public var umask: UInt32 = 0o022

  /// User and group 1000, umask 022.
  public init() {}

  /// The id that stands for every unmapped one: /proc/sys/kernel/overflowuid.
  static let overflow: UInt32 = 65534

  package func problems(at path: PolicyPath) -> [Problem] {
    var problems: [Problem] = []
    for (name, value) in [("user", user), ("group", group)] where value == Self.overflow || value == .max {
      problems.append(
        Problem(
          path.appending(name), "\(value) cannot be told from ids that the jail does not know", hint: "use any other, as 1000"))
    }
    if umask > 0o777 { problems.append(Problem(path.appending("umask"), "a umask has at most nine bits (0777)")) }
    return problems
  }
}
