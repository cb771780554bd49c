/// Something about a policy, a command or a host that makes a jail impossible, found before anything has been done.
public struct Problem: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The part of the policy or the command.
  public let path: PolicyPath
  /// What is wrong.
  public let message: String
  /// What would help.
  public let hint: String?

  package init(_ path: PolicyPath, _ message: String, hint: String? = nil) {
    self.path = path
    self.message = message.printable
    self.hint = hint?.printable
  }

  /// `filesystem.mounts[2]: the target is empty; hint: …`.
  public var description: String { "\(path): \(message)" + (hint.map { "; hint: \($0)" } ?? "") }
}
