internal import Jailer

/// The part of an arena that operands point into: strings, bytes and vectors, by offset from the arena's beginning.
struct ArenaData {
  private(set) var bytes: [UInt8] = []
  private let base: Int
  private var strings: [String: UInt64] = [:]

  init(at base: Int) { self.base = base }

  private mutating func place(_ contents: [UInt8], alignment: Int) -> UInt64 {
    while (base + bytes.count) % alignment != 0 { bytes.append(0) }
    let offset = base + bytes.count
    bytes += contents
    return UInt64(offset)
  }

  /// A string that ends in NUL; the same string lies there once.
  mutating func string(_ text: String) -> UInt64 {
    if let offset = strings[text] { return offset }
    let offset = place(Array(text.utf8) + [0], alignment: 1)
    strings[text] = offset
    return offset
  }

  /// Offset and count.
  mutating func bytes(_ contents: [UInt8]) -> [UInt64] { [place(contents, alignment: 1), UInt64(contents.count)] }

  /// Words in the processor's own order; offset and count in bytes.
  mutating func words<Word: FixedWidthInteger>(_ words: [Word]) -> [UInt64] {
    let contents = words.flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
    return [place(contents, alignment: 8), UInt64(contents.count)]
  }

  /// Offsets of strings, ended by 0.
  mutating func vector(_ texts: [String]) -> UInt64 {
    let offsets = texts.map { string($0) } + [0]
    return words(offsets)[0]
  }
}

/// A plan in the form that the jailer reads (jailer_plan.h).
package struct EncodedPlan: Sendable {
  /// Everything before the report.
  package let bytes: [UInt8]
  package let reportOffset: Int
  package let reportSize: Int
}

extension Plan {
  /// The largest page of any supported processor; the report is mapped on its own.
  private static let page = 65536

  /// The plan as the jailer reads it: one flat piece of memory without pointers, in the form of jailer_plan.h.
  public var encodedBytes: [UInt8] { encoded().bytes }

  /// The arena. Strings must be free of NUL, which validation has seen to.
  package func encoded() -> EncodedPlan {
    let headerSize = MemoryLayout<jailer_header>.size
    let operationSize = MemoryLayout<jailer_operation>.size
    var data = ArenaData(at: headerSize + steps.count * operationSize)
    var operations: [UInt8] = []
    for step in steps {
      let (code, operands) = step.operation.encode(into: &data)
      var words = operands
      words += Array(repeating: 0, count: Int(jailer_operands) - operands.count)
      operations += [UInt8(code & 0xff), UInt8(code >> 8), UInt8(step.stage.rawValue), 0, 0, 0, 0, 0]
      operations += words.flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
    }

    let size = headerSize + operations.count + data.bytes.count
    let reportOffset = (size + Self.page - 1) / Self.page * Self.page
    let reportSize = MemoryLayout<jailer_report>.size + steps.count * MemoryLayout<jailer_step>.size
    let header = jailer_header(
      magic: JAILER_MAGIC, version: JAILER_VERSION, size: UInt64(size), report_offset: UInt64(reportOffset),
      report_size: UInt64(reportSize), operation_offset: UInt32(headerSize), operation_count: UInt32(steps.count),
      slot_count: UInt32(slotCount), passed_count: UInt32(passed.count))
    let bytes = withUnsafeBytes(of: header) { Array($0) } + operations + data.bytes
    return EncodedPlan(bytes: bytes, reportOffset: reportOffset, reportSize: reportSize)
  }
}
