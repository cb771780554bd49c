/// A set of capabilities.
public struct CapabilitySet: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// A bit a capability, as the kernel has it.
  public let mask: UInt64

  /// The set that the kernel's mask stands for; bits that no capability has yet stay in it.
  public init(mask: UInt64) { self.mask = mask }

  /// The set of these.
  public init(_ members: some Sequence<Capability>) {
    mask = members.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
  }

  /// The set of these: `[.netBindService, .kill]`.
  public init(arrayLiteral elements: Capability...) { self.init(elements) }

  /// Nothing allowed.
  public static let none: CapabilitySet = []

  /// Every capability that this version knows.
  public static let all = CapabilitySet(Capability.table.map(\.capability))

  /// Whether `capability` is in it.
  public func contains(_ capability: Capability) -> Bool { mask >> UInt64(capability.rawValue) & 1 == 1 }

  /// Whether nothing is.
  public var isEmpty: Bool { mask == 0 }

  /// The members, by number.
  public var sorted: [Capability] { (0..<64).map { Capability(rawValue: $0) }.filter(contains) }

  /// What is in either.
  public func union(_ other: CapabilitySet) -> CapabilitySet { CapabilitySet(mask: mask | other.mask) }

  /// What is in both.
  public func intersection(_ other: CapabilitySet) -> CapabilitySet { CapabilitySet(mask: mask & other.mask) }

  /// What is in this and not in the other.
  public func subtracting(_ other: CapabilitySet) -> CapabilitySet { CapabilitySet(mask: mask & ~other.mask) }

  /// Whether all that is in this is in the other, too.
  public func isSubset(of other: CapabilitySet) -> Bool { mask & ~other.mask == 0 }

  /// Adds one.
  public mutating func insert(_ capability: Capability) { self = union([capability]) }

  /// Takes one away.
  public mutating func remove(_ capability: Capability) { self = subtracting([capability]) }
}

extension CapabilitySet: CustomStringConvertible {
  /// `cap_chown,cap_net_raw`, by number; empty where nothing is in it.
  public var description: String { sorted.map(\.description).joined(separator: ",") }
}

extension CapabilitySet: Codable {
  /// Reads OCI's form, `["CAP_CHOWN", "CAP_NET_RAW"]`; an unknown name is an error that names the nearest right one.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([Capability].self))
  }

  /// Writes OCI's form, by number.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(sorted)
  }
}
