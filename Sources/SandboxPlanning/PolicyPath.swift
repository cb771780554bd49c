/// Where in a policy something stands: `filesystem.mounts[2].source`.
///
/// Errors, plans and reports name the part of the policy that they come from by it.
public struct PolicyPath: Hashable, Sendable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// The path as text.
  public let description: String

  /// The path that the literal spells.
  public init(stringLiteral value: String) { self.description = value }

  /// The path that `text` spells.
  public init(_ text: String) { self.description = text.printable }

  /// The path of a part below this one.
  public func appending(_ name: String) -> PolicyPath {
    PolicyPath(description.isEmpty ? name : "\(description).\(name)")
  }

  /// The path of an element of the list that this names.
  public func element(_ index: Int) -> PolicyPath { PolicyPath("\(description)[\(index)]") }

  /// Reads a string.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  /// Writes a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
