/// Where in a policy something stands: `filesystem.mounts[2].source`.
///
/// Errors, plans and reports name the part of the policy that they come from by it.
public struct PolicyPath: Hashable, Sendable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let description: String

  public init(stringLiteral value: String) { self.description = value }

  public init(_ text: String) { self.description = text }

  /// The path of a part below this one.
  public func appending(_ name: String) -> PolicyPath {
    PolicyPath(description.isEmpty ? name : "\(description).\(name)")
  }

  /// The path of an element of the list that this names.
  public func element(_ index: Int) -> PolicyPath { PolicyPath("\(description)[\(index)]") }

  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
