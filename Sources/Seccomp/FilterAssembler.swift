/// Makes the one program that says what rules say: a binary search for the range that a call's number lies in, and at its
/// end an answer, or the tests of that call's arguments.
///
/// It is written from its end to its beginning, since a jump only knows its length once its target is there. A place is
/// named by how many instructions there are from it to the end.
struct FilterAssembler {
  private typealias Code = BPFInstruction.Code
  private var reversed: [BPFInstruction] = []
  /// Where each answer was last given; there are a handful.
  private var answers: [(answer: FilterAction, place: Int)] = []
  /// Where the tests of a call's arguments begin; calls with the same rules share them.
  private var blocks: [(rules: [ArgumentRule], place: Int)] = []

  static func program(for rules: FilterRules) throws(BPFError) -> BPFProgram {
    var assembler = FilterAssembler()
    assembler.assemble(rules)
    return try BPFProgram(assembler.reversed.reversed())
  }

  private mutating func assemble(_ rules: FilterRules) {
    let ranges = ranges(of: rules)
    let search = search(ranges[...])
    let number = append(.init(Code.loadWord, SystemCallData.numberOffset), continuingAt: search)
    let kill = answer(.killProcess, near: number)
    let interface = jump(Code.jumpIfEqual, rules.architecture.auditArchitecture, ifTrue: number, ifFalse: kill)
    _ = append(.init(Code.loadWord, SystemCallData.architectureOffset), continuingAt: interface)
  }

  // MARK: Numbers

  private enum Target: Equatable {
    case answer(FilterAction)
    case block([ArgumentRule])
  }

  /// The whole range of numbers, cut where the answer changes: each begins where it says and ends before the next.
  private func ranges(of rules: FilterRules) -> [(first: UInt32, target: Target)] {
    var ranges: [(first: UInt32, target: Target)] = []
    func begin(_ first: UInt32, _ target: Target) {
      if ranges.last?.first == first { ranges.removeLast() }
      if ranges.last?.target != target { ranges.append((first, target)) }
    }
    let unknown = Target.answer(rules.unknown)
    begin(0, unknown)
    // The table has the order of x86_64's.
    let isOrdered = !zip(rules.actions, rules.actions.dropFirst()).contains { $0.number > $1.number }
    for (_, number, action) in isOrdered ? rules.actions : rules.actions.sorted(by: { $0.number < $1.number }) {
      let tests = action == .allow ? rules.rules(for: number) : []
      begin(number, tests.isEmpty ? .answer(action) : .block(tests))
      begin(number + 1, unknown)
    }
    if rules.architecture == .x86_64 {
      // x32; and −1, which is how a tracer says that a call is to be skipped.
      begin(0x4000_0000, .answer(.killProcess))
      begin(.max, unknown)
    }
    return ranges
  }

  private mutating func search(_ ranges: ArraySlice<(first: UInt32, target: Target)>) -> Int {
    if ranges.count == 1 { return place(of: ranges.first!.target) }
    let middle = ranges.startIndex + ranges.count / 2
    let above = search(ranges[middle...])
    let below = search(ranges[..<middle])
    return jump(Code.jumpIfGreaterOrEqual, ranges[middle].first, ifTrue: above, ifFalse: below)
  }

  private mutating func place(of target: Target) -> Int {
    switch target {
    case .answer(let action): return answer(action, near: reversed.count)
    case .block(let rules):
      if let known = blocks.first(where: { $0.rules == rules }) { return known.place }
      let place = block(rules)
      blocks.append((rules, place))
      return place
    }
  }

  // MARK: Arguments

  /// The first rule that applies answers; none of them means that the call is made.
  private mutating func block(_ rules: [ArgumentRule]) -> Int {
    rules.reversed().reduce(answer(.allow, near: reversed.count)) { next, rule in
      let refusal = answer(.fail(rule.errno), near: reversed.count)
      return rule.conditions.reversed().reduce(refusal) { test($1, ifTrue: $0, ifFalse: next) }
    }
  }

  private mutating func test(_ condition: ArgumentCondition, ifTrue: Int, ifFalse: Int) -> Int {
    let load = BPFInstruction(Code.loadWord, SystemCallData.lowOffset(ofArgument: condition.argument))
    switch condition.test {
    case .hasAny(let bits):
      return append(load, continuingAt: jump(Code.jumpIfAnyBit, bits, ifTrue: ifTrue, ifFalse: ifFalse))
    case .matchesOne(let patterns): return match(patterns, load, found: ifTrue, notFound: ifFalse)
    case .matchesNone(let patterns): return match(patterns, load, found: ifFalse, notFound: ifTrue)
    }
  }

  private mutating func match(_ patterns: [BitPattern], _ load: BPFInstruction, found: Int, notFound: Int) -> Int {
    if patterns.allSatisfy({ $0.mask == .max }) {
      let compare = patterns.reversed().reduce(notFound) { jump(Code.jumpIfEqual, $1.value, ifTrue: found, ifFalse: $0) }
      return append(load, continuingAt: compare)
    }
    return patterns.reversed().reduce(notFound) { next, pattern in
      let compare = jump(Code.jumpIfEqual, pattern.value, ifTrue: found, ifFalse: next)
      let masked = pattern.mask == .max ? compare : append(.init(Code.and, pattern.mask), continuingAt: compare)
      return append(load, continuingAt: masked)
    }
  }

  // MARK: Instructions

  /// Writes an instruction that goes on at a place; gives its own.
  private mutating func append(_ instruction: BPFInstruction, continuingAt place: Int) -> Int {
    if place != reversed.count { reversed.append(.init(Code.jump, UInt32(reversed.count - place))) }
    reversed.append(instruction)
    return reversed.count
  }

  /// Writes a conditional jump; gives its place.
  private mutating func jump(_ code: UInt16, _ operand: UInt32, ifTrue: Int, ifFalse: Int) -> Int {
    // Each may still be moved out of reach by an instruction that brings the other into it.
    let far = within(ifFalse, allowing: 1)
    let near = within(ifTrue, allowing: 0)
    reversed.append(
      .init(code, operand, jumpTrue: UInt8(reversed.count - near), jumpFalse: UInt8(reversed.count - far)))
    return reversed.count
  }

  /// A place that a conditional jump reaches, also when so many instructions come between: the place itself, or an
  /// unconditional jump to it, which has 32 bits for its length.
  private mutating func within(_ place: Int, allowing more: Int) -> Int {
    if reversed.count - place + more <= Int(UInt8.max) { return place }
    reversed.append(.init(Code.jump, UInt32(reversed.count - place)))
    return reversed.count
  }

  /// A place that answers so, not far from another.
  private mutating func answer(_ action: FilterAction, near place: Int) -> Int {
    let index = answers.firstIndex { $0.answer == action }
    if let index, place - answers[index].place < 200 { return answers[index].place }
    reversed.append(.init(Code.returnConstant, action.returnValue))
    if let index { answers[index].place = reversed.count } else { answers.append((action, reversed.count)) }
    return reversed.count
  }
}
