internal import Jailer

/// The part of an arena that operands point into: strings, bytes and vectors, by offset from the arena's beginning.
struct ArenaData: Sendable {
  private(set) var bytes: [UInt8] = []
  private let base: Int
  private var strings: [String: UInt64] = [:]

  init(at base: Int) {
    self.base = base
    // The closed box's: without moving it about meanwhile.
    bytes.reserveCapacity(4096)
    strings.reserveCapacity(96)
  }

  /// Strings that come from now on lie there again: a copy of this is one of bytes alone.
  mutating func forgetStrings() { strings = [:] }

  private mutating func align(to alignment: Int) -> UInt64 {
    while (base + bytes.count) % alignment != 0 { bytes.append(0) }
    return UInt64(base + bytes.count)
  }

  /// A string that ends in NUL; the same string lies there once.
  mutating func string(_ text: String) -> UInt64 {
    if let offset = strings[text] { return offset }
    let offset = align(to: 1)
    bytes.append(contentsOf: text.utf8)
    bytes.append(0)
    strings[text] = offset
    return offset
  }

  /// Offset and count.
  mutating func bytes(_ contents: [UInt8]) -> [UInt64] {
    let offset = align(to: 1)
    bytes.append(contentsOf: contents)
    return [offset, UInt64(contents.count)]
  }

  /// Words in the processor's own order; offset and count in bytes.
  mutating func words<Word: FixedWidthInteger>(_ words: [Word]) -> [UInt64] {
    let offset = align(to: 8)
    words.withUnsafeBytes { bytes.append(contentsOf: $0) }
    return [offset, UInt64(words.count * MemoryLayout<Word>.size)]
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
  fileprivate static let page = 65536

  /// The plan as the jailer reads it: one flat piece of memory without pointers, in the form of jailer_plan.h.
  public var encodedBytes: [UInt8] { encoded().bytes }

  /// The arena. Strings must be free of NUL, which validation has seen to.
  package func encoded() -> EncodedPlan { PlanEncoder(self).encoded }
}

/// A plan in the jailer's form, of which single steps can be replaced: what is the same for every jail of a prepared sandbox
/// is encoded once.
package struct PlanEncoder: Sendable {
  package private(set) var variant: PlanVariant
  private var operations: [UInt8]
  private var data: ArenaData

  private static let headerSize = MemoryLayout<jailer_header>.size
  private static let operationSize = MemoryLayout<jailer_operation>.size

  package init(_ plan: Plan) {
    variant = PlanVariant(plan)
    operations = [UInt8](repeating: 0, count: plan.steps.count * Self.operationSize)
    data = ArenaData(at: Self.headerSize + operations.count)
    for (index, step) in plan.steps.enumerated() { encode(step.operation, of: step.stage, at: index) }
    data.forgetStrings()
  }

  private mutating func encode(_ operation: Operation, of stage: Stage, at index: Int) {
    let (code, operands) = operation.encode(into: &data)
    operations.withUnsafeMutableBytes { bytes in
      let at = index * Self.operationSize
      bytes.storeBytes(of: UInt16(code), toByteOffset: at, as: UInt16.self)
      bytes[at + 2] = UInt8(stage.rawValue)
      for (number, operand) in operands.enumerated() {
        bytes.storeBytes(of: operand, toByteOffset: at + 8 + 8 * number, as: UInt64.self)
      }
    }
  }

  /// The same plan, of which a step fails with an errno instead of being carried out.
  package mutating func fail(step index: Int, with errno: CInt) {
    operations.withUnsafeMutableBytes {
      $0.storeBytes(of: UInt16(errno), toByteOffset: index * Self.operationSize + 6, as: UInt16.self)
    }
  }

  /// The same plan with another program.
  package mutating func replaceExecution(by operation: Operation) {
    let steps = variant.original.steps
    for index in steps.indices.reversed() {
      guard case .execute = steps[index].operation else { continue }
      variant.replaceOperation(ofStep: index, by: operation)
      return encode(operation, of: steps[index].stage, at: index)
    }
  }

  /// The arena.
  package var encoded: EncodedPlan {
    let size = Self.headerSize + operations.count + data.bytes.count
    let reportOffset = (size + Plan.page - 1) / Plan.page * Plan.page
    let plan = variant.original
    let reportSize = MemoryLayout<jailer_report>.size + plan.steps.count * MemoryLayout<jailer_step>.size
    let header = jailer_header(
      magic: JAILER_MAGIC, version: JAILER_VERSION, size: UInt64(size), report_offset: UInt64(reportOffset),
      report_size: UInt64(reportSize), operation_offset: UInt32(Self.headerSize),
      operation_count: UInt32(plan.steps.count), slot_count: UInt32(plan.slotCount), passed_count: UInt32(plan.passed.count))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    withUnsafeBytes(of: header) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: operations)
    bytes.append(contentsOf: data.bytes)
    return EncodedPlan(bytes: bytes, reportOffset: reportOffset, reportSize: reportSize)
  }
}
