/// What the kernel shows a filter of a call: `struct seccomp_data`.
package struct SystemCallData: Hashable, Sendable, CustomStringConvertible {
  /// In bytes.
  static let size: UInt32 = 64
  static let numberOffset: UInt32 = 0, architectureOffset: UInt32 = 4
  /// Of an argument's lower half, on the little-endian processors that this package knows.
  static func lowOffset(ofArgument index: Int) -> UInt32 { 16 + 8 * UInt32(index) }

  /// The call's number.
  package var number: UInt32
  /// `AUDIT_ARCH_*` of the interface that it came in by.
  package var architecture: UInt32
  /// The six argument registers, whole: also the halves that the kernel ignores for an `int`.
  package var arguments: [UInt64]

  package init(_ number: UInt32, _ arguments: [UInt64] = [], architecture: UInt32) {
    self.number = number
    self.architecture = architecture
    self.arguments = arguments.count == 6 ? arguments : arguments + Array(repeating: 0, count: 6 - arguments.count)
  }

  package init(_ number: UInt32, _ arguments: [UInt64] = [], on architecture: Architecture) {
    self.init(number, arguments, architecture: architecture.auditArchitecture)
  }

  /// The word at an offset, a multiple of four. The instruction pointer (offset 8) is zero.
  func word(at offset: UInt32) -> UInt32 {
    switch offset {
    case 0: number
    case 4: architecture
    case 8, 12: 0
    default: UInt32(truncatingIfNeeded: arguments[Int(offset - 16) / 8] >> UInt64(offset % 8 * 8))
    }
  }

  package var description: String {
    let hexadecimal = arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
    return "number \(number) of architecture 0x\(String(architecture, radix: 16)) (\(hexadecimal))"
  }
}
