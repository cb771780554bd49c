/// A set of capabilities.
public struct CapabilitySet: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// A bit a capability, as the kernel has it.
  public let mask: UInt64

  /// The set that the kernel's mask stands for; bits that no capability has yet stay in it.
  public init(mask: UInt64) { self.mask = mask }

  /// The set of these: `[.netBindService, .kill]`.
  public init(arrayLiteral elements: Capability...) {
    mask = elements.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
  }

  /// Nothing allowed.
  public static let none: CapabilitySet = []

  /// Whether `capability` is in it.
  public func contains(_ capability: Capability) -> Bool { mask >> UInt64(capability.rawValue) & 1 == 1 }

  /// Whether nothing is.
  public var isEmpty: Bool { mask == 0 }

  /// The members, by number.
  public var sorted: [Capability] { (0..<64).map { Capability(rawValue: $0) }.filter(contains) }
}
