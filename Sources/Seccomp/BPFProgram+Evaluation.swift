extension BPFProgram {
  /// What the program answers for a call, as the kernel would run it.
  ///
  /// Ends always: a checked program jumps only forward, and its last instruction returns.
  package func returnValue(for call: SystemCallData) -> UInt32 {
    typealias Code = BPFInstruction.Code
    var a: UInt32 = 0
    var x: UInt32 = 0
    var next = 0
    while true {
      let instruction = instructions[next]
      next += 1
      let k = instruction.operand
      switch instruction.code {
      case Code.loadWord: a = call.word(at: k)
      case Code.jumpIfEqual: next += instruction.distance(a == k)
      case Code.jumpIfGreater: next += instruction.distance(a > k)
      case Code.jumpIfGreaterOrEqual: next += instruction.distance(a >= k)
      case Code.jumpIfAnyBit: next += instruction.distance(a & k != 0)
      case Code.returnConstant: return k
      case Code.jump: next += Int(k)
      case Code.and: a &= k
      case Code.returnAccumulator: return a
      case Code.loadConstant: a = k
      case Code.loadIndex: x = k
      case Code.copyToIndex: x = a
      case Code.copyFromIndex: a = x
      case Code.negate: a = 0 &- a
      case Code.jumpIfEqual | Code.byIndex: next += instruction.distance(a == x)
      case Code.jumpIfGreater | Code.byIndex: next += instruction.distance(a > x)
      case Code.jumpIfGreaterOrEqual | Code.byIndex: next += instruction.distance(a >= x)
      case Code.jumpIfAnyBit | Code.byIndex: next += instruction.distance(a & x != 0)
      default:
        let byIndex = instruction.code & Code.byIndex != 0
        // A filter that divides by a zero register is over, with 0: SECCOMP_RET_KILL_THREAD.
        guard let result = Self.arithmetic(instruction.code & ~Code.byIndex, a, byIndex ? x : k) else { return 0 }
        a = result
      }
    }
  }

  private static func arithmetic(_ code: UInt16, _ a: UInt32, _ b: UInt32) -> UInt32? {
    typealias Code = BPFInstruction.Code
    return switch code {
    case Code.add: a &+ b
    case Code.subtract: a &- b
    case Code.multiply: a &* b
    case Code.divide: b == 0 ? nil : a / b
    case Code.or: a | b
    case Code.and: a & b
    case Code.xor: a ^ b
    // The kernel masks the shift's width to five bits.
    case Code.shiftLeft: a &<< b
    case Code.shiftRight: a &>> b
    default: preconditionFailure("a checked program has no other code")
    }
  }
}

extension BPFInstruction {
  /// How many instructions a conditional jump skips.
  fileprivate func distance(_ condition: Bool) -> Int { Int(condition ? jumpTrue : jumpFalse) }
}
