/// An instruction of classic BPF: the kernel's `struct sock_filter`.
package struct BPFInstruction: Hashable, Sendable {
  /// What it does (`<linux/bpf_common.h>`).
  package var code: UInt16
  /// How many instructions a jump skips when its condition holds.
  package var jumpTrue: UInt8
  /// How many it skips when it does not.
  package var jumpFalse: UInt8
  /// The operand.
  package var operand: UInt32

  package init(_ code: UInt16, _ operand: UInt32, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0) {
    self.code = code
    self.jumpTrue = jumpTrue
    self.jumpFalse = jumpFalse
    self.operand = operand
  }

  /// The instruction as it lies in memory on a little-endian processor, read as one word.
  package init(word: UInt64) {
    code = UInt16(truncatingIfNeeded: word)
    jumpTrue = UInt8(truncatingIfNeeded: word >> 16)
    jumpFalse = UInt8(truncatingIfNeeded: word >> 24)
    operand = UInt32(truncatingIfNeeded: word >> 32)
  }

  package var word: UInt64 {
    UInt64(code) | UInt64(jumpTrue) << 16 | UInt64(jumpFalse) << 24 | UInt64(operand) << 32
  }
}

extension BPFInstruction {
  /// The codes that a seccomp filter may use and that this package's evaluator knows. `k` is the operand, `a` and `x` are
  /// the two registers. Scratch memory (`M[]`) is left out: no filter of ours needs it.
  package enum Code {
    package static let loadWord: UInt16 = 0x20  // a = word of seccomp_data at k
    package static let loadConstant: UInt16 = 0x00  // a = k
    package static let loadIndex: UInt16 = 0x01  // x = k
    package static let add: UInt16 = 0x04, subtract: UInt16 = 0x14, multiply: UInt16 = 0x24, divide: UInt16 = 0x34
    package static let or: UInt16 = 0x44, and: UInt16 = 0x54, shiftLeft: UInt16 = 0x64, shiftRight: UInt16 = 0x74
    package static let negate: UInt16 = 0x84, xor: UInt16 = 0xa4
    package static let jump: UInt16 = 0x05
    package static let jumpIfEqual: UInt16 = 0x15, jumpIfGreater: UInt16 = 0x25
    package static let jumpIfGreaterOrEqual: UInt16 = 0x35, jumpIfAnyBit: UInt16 = 0x45
    package static let returnConstant: UInt16 = 0x06, returnAccumulator: UInt16 = 0x16
    package static let copyToIndex: UInt16 = 0x07, copyFromIndex: UInt16 = 0x87
    /// Added to an arithmetic instruction or a conditional jump: the operand is x, not k.
    package static let byIndex: UInt16 = 0x08
  }
}
