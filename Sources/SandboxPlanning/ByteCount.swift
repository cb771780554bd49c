/// A number of bytes.
public struct ByteCount: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  /// The bytes.
  public let bytes: UInt64

  /// `count` bytes.
  public static func bytes(_ count: UInt64) -> ByteCount { ByteCount(bytes: count) }
  /// `count` × 1,024 bytes.
  public static func kibibytes(_ count: UInt64) -> ByteCount { ByteCount(bytes: count * 1024) }
  /// `count` × 1,048,576 bytes.
  public static func mebibytes(_ count: UInt64) -> ByteCount { ByteCount(bytes: count * 1_048_576) }
  /// `count` × 1,073,741,824 bytes.
  public static func gibibytes(_ count: UInt64) -> ByteCount { ByteCount(bytes: count * 1_073_741_824) }

  init(bytes: UInt64) { self.bytes = bytes }

  /// The order of the byte counts.
  public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }

  private static let units: [(suffix: String, shift: UInt64)] = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)]

  /// `256MiB`: the largest unit that leaves nothing over.
  public var description: String {
    for (suffix, shift) in Self.units where bytes != 0 && bytes % (1 << shift) == 0 { return "\(bytes >> shift)\(suffix)" }
    return "0B"
  }

  /// Reads what ``description`` writes: a whole number and `B`, `KiB`, `MiB` or `GiB`; nil where it is none, or too large.
  public init?(_ text: String) {
    for (suffix, shift) in Self.units where text.hasSuffix(suffix) {
      let digits = text.dropLast(suffix.count)
      if suffix == "B", digits.last.map({ !$0.isNumber }) ?? true { return nil }
      guard let count = UInt64(digits), digits.first != "+", count <= UInt64.max >> shift else { return nil }
      self.init(bytes: count << shift)
      return
    }
    return nil
  }

  /// Reads a string, `"256MiB"`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let count = ByteCount(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is no size; write it as \"256MiB\" (B, KiB, MiB, GiB)")
    }
    self = count
  }

  /// Writes a string, `"256MiB"`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
