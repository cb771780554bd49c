internal import SandboxPlanning

/// The two values of a limit: the soft one is in force, the hard one bounds what the process may raise it to.
public struct ResourceLimitBounds: Hashable, Sendable, ExpressibleByIntegerLiteral {
  /// `RLIM_INFINITY`: no limit.
  public static let infinity = UInt64.max

  /// What is in force.
  public var soft: UInt64
  /// What the process may raise it to.
  public var hard: UInt64
  /// Where the host's hard limit is lower, that one instead. Otherwise raising it is an error, unless the host has
  /// CAP_SYS_RESOURCE, which also root may lack.
  public var lowersToHost: Bool

  /// The soft limit, the hard one, and what becomes of them where the host's is lower.
  public init(soft: UInt64, hard: UInt64, lowersToHost: Bool = false) {
    self.soft = soft
    self.hard = hard
    self.lowersToHost = lowersToHost
  }

  /// Both the same.
  public init(_ both: UInt64) { self.init(soft: both, hard: both) }

  /// Neither is limited.
  public static let infinite = ResourceLimitBounds(infinity)

  /// The same, lowered to the host's hard limit where that is lower: `limits.openFiles = .init(65_536).clamped`.
  public var clamped: ResourceLimitBounds { ResourceLimitBounds(soft: soft, hard: hard, lowersToHost: true) }

  /// Both the same, from a literal: `limits.openFiles = 256`.
  public init(integerLiteral value: UInt64) { self.init(value) }
}

extension ResourceLimitBounds: Codable {
  /// `256`, `"infinity"`, or `{"soft": 256, "hard": 1024, "lowersToHost": true}`.
  public init(from decoder: any Decoder) throws {
    if let one = try? LimitValue(from: decoder) {
      self.init(one.value)
      return
    }
    let container = try decoder.container(keyedBy: CodedKey.self)
    try container.refuseUnknownKeys(known: ["soft", "hard", "lowersToHost"])
    let soft = try container.decode(LimitValue.self, forKey: CodedKey("soft")).value
    let hard = try container.decodeIfPresent(LimitValue.self, forKey: CodedKey("hard"))?.value ?? soft
    self.init(
      soft: soft, hard: hard, lowersToHost: try container.decodeIfPresent(Bool.self, forKey: CodedKey("lowersToHost")) ?? false)
  }

  /// One value where both are the same and nothing is lowered; else the object of three keys.
  public func encode(to encoder: any Encoder) throws {
    if soft == hard, !lowersToHost { return try LimitValue(value: soft).encode(to: encoder) }
    var container = encoder.container(keyedBy: CodedKey.self)
    try container.encode(LimitValue(value: soft), forKey: CodedKey("soft"))
    try container.encode(LimitValue(value: hard), forKey: CodedKey("hard"))
    if lowersToHost { try container.encode(true, forKey: CodedKey("lowersToHost")) }
  }
}

/// A number, or `"infinity"`.
private struct LimitValue: Codable {
  let value: UInt64

  init(value: UInt64) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let word = try? container.decode(String.self) {
      guard word == "infinity" else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "\"\(word)\" is neither a number nor \"infinity\"")
      }
      value = ResourceLimitBounds.infinity
    } else {
      value = try container.decode(UInt64.self)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value == ResourceLimitBounds.infinity { try container.encode("infinity") } else { try container.encode(value) }
  }
}
