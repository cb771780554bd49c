import Testing

@testable import Seccomp

@Suite("A BPF program")
struct BPFProgramTests {
  typealias Code = BPFInstruction.Code

  private func answer(_ instructions: [BPFInstruction], number: UInt32 = 0, _ arguments: [UInt64] = []) throws -> UInt32 {
    try BPFProgram(instructions).returnValue(for: SystemCallData(number, arguments, architecture: 0xc000_003e))
  }

  @Test func `returns a constant, or what it has computed`() throws {
    #expect(try answer([.init(Code.returnConstant, 7)]) == 7)
    #expect(try answer([.init(Code.loadConstant, 9), .init(Code.returnAccumulator, 0)]) == 9)
  }

  @Test func `sees the call as struct seccomp_data: number, architecture, and arguments low half first`() throws {
    func word(at offset: UInt32) throws -> UInt32 {
      try answer(
        [.init(Code.loadWord, offset), .init(Code.returnAccumulator, 0)], number: 39,
        [0x1111_1111_2222_2222, 0, 0, 0, 0, 0x3333_3333_4444_4444])
    }
    #expect(try word(at: 0) == 39)
    #expect(try word(at: 4) == 0xc000_003e)
    #expect(try word(at: 16) == 0x2222_2222)
    #expect(try word(at: 20) == 0x1111_1111)
    #expect(try word(at: 56) == 0x4444_4444)
    #expect(try word(at: 60) == 0x3333_3333)
  }

  static let comparisons: [(UInt16, UInt32, [Bool])] = [
    (Code.jumpIfEqual, 5, [false, true, false]), (Code.jumpIfGreater, 5, [false, false, true]),
    (Code.jumpIfGreaterOrEqual, 5, [false, true, true]), (Code.jumpIfAnyBit, 2, [false, false, true]),
  ]

  @Test(arguments: comparisons)
  func `jumps compare without sign`(code: UInt16, operand: UInt32, expected: [Bool]) throws {
    for (number, taken) in zip([4 as UInt32, 5, 0xffff_fffe], expected) {
      let program: [BPFInstruction] = [
        .init(Code.loadWord, 0), .init(code, operand, jumpTrue: 1, jumpFalse: 0), .init(Code.returnConstant, 0),
        .init(Code.returnConstant, 1),
      ]
      #expect(try answer(program, number: number) == (taken ? 1 : 0), "\(number)")
      // The same with the operand in the index register.
      let indexed: [BPFInstruction] =
        [.init(Code.loadIndex, operand)]
        + program.map {
          $0.code == code ? .init(code | Code.byIndex, 0, jumpTrue: 1, jumpFalse: 0) : $0
        }
      #expect(try answer(indexed, number: number) == (taken ? 1 : 0), "\(number), by index")
    }
  }

  static let operations: [(UInt16, UInt32, UInt32)] = [
    (Code.add, 0xffff_ffff, 11), (Code.subtract, 13, 0xffff_ffff), (Code.multiply, 0x8000_0001, 0x0000_000c),
    (Code.divide, 5, 2), (Code.or, 3, 15), (Code.and, 6, 4), (Code.xor, 4, 8), (Code.shiftLeft, 30, 0), (Code.shiftRight, 2, 3),
  ]

  @Test(arguments: operations)
  func `arithmetic wraps at 32 bits`(code: UInt16, operand: UInt32, expected: UInt32) throws {
    let load = BPFInstruction(Code.loadConstant, 12), done = BPFInstruction(Code.returnAccumulator, 0)
    #expect(try answer([load, .init(code, operand), done]) == expected)
    #expect(try answer([.init(Code.loadIndex, operand), load, .init(code | Code.byIndex, 0), done]) == expected)
  }

  @Test func `negates, copies between its registers, and skips`() throws {
    #expect(try answer([.init(Code.loadConstant, 1), .init(Code.negate, 0), .init(Code.returnAccumulator, 0)]) == .max)
    #expect(
      try answer([
        .init(Code.loadConstant, 8), .init(Code.copyToIndex, 0), .init(Code.loadConstant, 0), .init(Code.copyFromIndex, 0),
        .init(Code.returnAccumulator, 0),
      ]) == 8)
    #expect(try answer([.init(Code.jump, 1), .init(Code.returnConstant, 1), .init(Code.returnConstant, 2)]) == 2)
  }

  @Test func `a division by an empty register ends the thread, as in the kernel`() throws {
    #expect(try answer([.init(Code.loadConstant, 1), .init(Code.divide | Code.byIndex, 0), .init(Code.returnConstant, 9)]) == 0)
  }

  @Test func `what the kernel would refuse is none`() {
    let done = BPFInstruction(Code.returnConstant, 0)
    #expect(throws: BPFError.empty) { try BPFProgram([]) }
    #expect(throws: BPFError.tooLong(4097)) { try BPFProgram(Array(repeating: done, count: 4097)) }
    #expect(throws: BPFError.endsWithoutReturn) { try BPFProgram([.init(Code.loadConstant, 0)]) }
    #expect(throws: BPFError.jumpOutOfBounds(at: 0)) { try BPFProgram([.init(Code.jump, 1), done]) }
    #expect(throws: BPFError.jumpOutOfBounds(at: 0)) { try BPFProgram([.init(Code.jumpIfEqual, 0, jumpFalse: 1), done]) }
    #expect(throws: BPFError.jumpOutOfBounds(at: 0)) { try BPFProgram([.init(Code.jump, .max), done]) }
    #expect(throws: BPFError.loadOutOfBounds(offset: 64, at: 0)) { try BPFProgram([.init(Code.loadWord, 64), done]) }
    #expect(throws: BPFError.loadOutOfBounds(offset: 6, at: 0)) { try BPFProgram([.init(Code.loadWord, 6), done]) }
    #expect(throws: BPFError.divisionByZero(at: 0)) { try BPFProgram([.init(Code.divide, 0), done]) }
    #expect(throws: BPFError.shiftTooFar(at: 0)) { try BPFProgram([.init(Code.shiftLeft, 32), done]) }
    // A load of a half word, which sockets' filters have and seccomp's do not.
    #expect(throws: BPFError.unknownCode(0x28, at: 0)) { try BPFProgram([.init(0x28, 0), done]) }
  }

  @Test func `its words are struct sock_filter in memory`() throws {
    let program = try BPFProgram([
      .init(Code.jumpIfEqual, 0x8899_aabb, jumpTrue: 1, jumpFalse: 0), .init(Code.returnConstant, 1),
      .init(Code.returnConstant, 2),
    ])
    let bytes = program.words.flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
    #expect(bytes.prefix(8) == [0x15, 0, 1, 0, 0xbb, 0xaa, 0x99, 0x88])
    #expect(try BPFProgram(words: program.words) == program)
  }
}
