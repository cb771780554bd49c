/// A set of processors, by the kernel's numbers.
///
/// - SeeAlso: sched_setaffinity(2), cpuset(7)
public struct CPUSet: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The numbers.
  public var members: Set<Int>

  /// The processors of these numbers.
  public init(_ members: some Sequence<Int>) { self.members = Set(members) }

  /// The processors of these numbers: `[0, 1]`.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// More than any kernel is built for.
  static let most = 8192

  /// Reads a list as taskset(1) has it: `0-3,6`, `0-6:2`; nil where it is none, or a number is above 8,191.
  public init?(_ text: String) {
    var members: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: ":", omittingEmptySubsequences: false)
      let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Self.number($0) }
      let stride = halves.count == 2 ? Self.number(halves[1]) : 1
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], let stride, stride > 0,
        halves.count == 1 || halves.count == 2 && ends.count == 2, first <= last, last < Self.most
      else { return nil }
      members.formUnion(Swift.stride(from: first, through: last, by: stride))
    }
    self.members = members
  }

  private static func number(_ text: Substring) -> Int? {
    text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
  }

  /// As the kernel has it: a bit a processor, in words of 64.
  package var mask: [UInt64] {
    var words = [UInt64](repeating: 0, count: (members.max() ?? 0) / 64 + 1)
    for number in members where (0..<Self.most).contains(number) { words[number / 64] |= 1 << UInt64(number % 64) }
    return words
  }

  package init(mask: [UInt64]) {
    self.init(mask.indices.flatMap { word in (0..<64).filter { mask[word] >> UInt64($0) & 1 == 1 }.map { word * 64 + $0 } })
  }
}

extension CPUSet: CustomStringConvertible {
  /// `0-3,6`.
  public var description: String {
    var ranges: [ClosedRange<Int>] = []
    for number in members.sorted() {
      if let last = ranges.last, last.upperBound == number - 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
  }
}

extension CPUSet: Codable {
  /// Reads `"0-3,6"`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let set = CPUSet(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is no list of processors; write it as \"0-3,6\"")
    }
    self = set
  }

  /// Writes `"0-3,6"`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
