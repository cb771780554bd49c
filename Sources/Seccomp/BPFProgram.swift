/// A classic BPF program that the kernel would take as a seccomp filter.
///
/// A value: it can be compared, counted, and run against any call without a kernel (``returnValue(for:)``).
package struct BPFProgram: Hashable, Sendable {
  /// The most instructions that the kernel takes in one program: `BPF_MAXINSNS`.
  package static let mostInstructions = 4096

  package let instructions: [BPFInstruction]

  /// - Throws: where the kernel's own checks (bpf_check_classic, seccomp_check_filter) would refuse the program, or where
  ///   it uses what the evaluator does not know.
  package init(_ instructions: [BPFInstruction]) throws(BPFError) {
    guard let last = instructions.last else { throw .empty }
    guard instructions.count <= Self.mostInstructions else { throw .tooLong(instructions.count) }
    for (index, instruction) in instructions.enumerated() {
      try instruction.check(at: index, following: instructions.count - index - 1)
    }
    guard last.code == BPFInstruction.Code.returnConstant || last.code == BPFInstruction.Code.returnAccumulator else {
      throw .endsWithoutReturn
    }
    self.instructions = instructions
  }

  /// A program as words, each a `struct sock_filter` as it lies in memory.
  package init(words: [UInt64]) throws(BPFError) {
    try self.init(words.map(BPFInstruction.init(word:)))
  }

  /// The program as the jailer takes it.
  package var words: [UInt64] { instructions.map(\.word) }
}

/// Why a program is no seccomp filter.
package enum BPFError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case tooLong(Int)
  case endsWithoutReturn
  case unknownCode(UInt16, at: Int)
  case jumpOutOfBounds(at: Int)
  case loadOutOfBounds(offset: UInt32, at: Int)
  case divisionByZero(at: Int)
  case shiftTooFar(at: Int)

  package var description: String {
    switch self {
    case .empty: "the program is empty"
    case .tooLong(let count): "the program has \(count) instructions; the kernel takes \(BPFProgram.mostInstructions)"
    case .endsWithoutReturn: "the program does not end with a return"
    case .unknownCode(let code, let index): "instruction \(index): no seccomp filter has the code 0x\(String(code, radix: 16))"
    case .jumpOutOfBounds(let index): "instruction \(index) jumps beyond the program's end"
    case .loadOutOfBounds(let offset, let index):
      "instruction \(index) loads from offset \(offset), which is no word of seccomp_data"
    case .divisionByZero(let index): "instruction \(index) divides by zero"
    case .shiftTooFar(let index): "instruction \(index) shifts by more than 31"
    }
  }
}

extension BPFInstruction {
  /// - Parameter following: how many instructions come after this one.
  fileprivate func check(at index: Int, following: Int) throws(BPFError) {
    switch code {
    case Code.loadWord:
      guard operand % 4 == 0, operand < SystemCallData.size else { throw .loadOutOfBounds(offset: operand, at: index) }
    case Code.jump:
      guard operand < following else { throw .jumpOutOfBounds(at: index) }
    case Code.jumpIfEqual, Code.jumpIfGreater, Code.jumpIfGreaterOrEqual, Code.jumpIfAnyBit,
      Code.jumpIfEqual | Code.byIndex, Code.jumpIfGreater | Code.byIndex,
      Code.jumpIfGreaterOrEqual | Code.byIndex, Code.jumpIfAnyBit | Code.byIndex:
      guard jumpTrue < following, jumpFalse < following else { throw .jumpOutOfBounds(at: index) }
    case Code.divide:
      guard operand != 0 else { throw .divisionByZero(at: index) }
    case Code.shiftLeft, Code.shiftRight:
      guard operand < 32 else { throw .shiftTooFar(at: index) }
    case Code.loadConstant, Code.loadIndex, Code.copyToIndex, Code.copyFromIndex, Code.negate,
      Code.add, Code.subtract, Code.multiply, Code.or, Code.and, Code.xor,
      Code.add | Code.byIndex, Code.subtract | Code.byIndex, Code.multiply | Code.byIndex, Code.divide | Code.byIndex,
      Code.or | Code.byIndex, Code.and | Code.byIndex, Code.xor | Code.byIndex,
      Code.shiftLeft | Code.byIndex, Code.shiftRight | Code.byIndex,
      Code.returnConstant, Code.returnAccumulator:
      break
    default: throw .unknownCode(code, at: index)
    }
  }
}
