import SystemPackage
import Testing

@testable import Seccomp

@Suite("A filter")
struct FilterTests {
  @Test(arguments: Architecture.allCases, [false, true])
  func `says what the rules say`(architecture: Architecture, writableBinds: Bool) throws {
    let filter = try Filter(.standard(on: architecture, writableBinds: writableBinds))
    try filter.check()
    #expect(filter.programs.count == 1)
    for program in filter.programs { #expect(program.instructions.count < 500, "each costs at every start of a payload") }
    try Filter(.initProcess(on: architecture)).check()
    try Filter(.guarding(on: architecture, writableBinds: true, joins: writableBinds)).check()
    try Filter(.guarding(on: architecture, writableBinds: false, joins: true)).check()
  }

  @Test(arguments: Architecture.allCases, [false, true])
  func `says what libseccomp's says`(architecture: Architecture, writableBinds: Bool) throws {
    let reference = try LibseccompFilter.make(.standard(on: architecture, writableBinds: writableBinds))
    let filter = try Filter(reference.rules)
    var random = Xorshift()
    for _ in 0..<20_000 {
      let call = random.call(among: reference.rules)
      #expect(filter.action(for: call) == reference.action(for: call), "\(call)")
    }
    let initReference = try LibseccompFilter.make(.initProcess(on: architecture))
    let initFilter = try Filter(initReference.rules)
    for number: UInt32 in 0..<2048 {
      let call = SystemCallData(number, on: architecture)
      #expect(initFilter.action(for: call) == initReference.action(for: call), "\(call)")
    }
  }

  @Test func `has a rule for every call`() throws {
    let filter = try Filter(.standard(on: .current, writableBinds: false))
    #expect(filter.rules.actions.count == SystemCall.table.filter { $0.number(on: .current) != nil }.count)
    let newest = try #require(SystemCall(named: "file_getattr")?.number(on: .current))
    #expect(filter.action(for: SystemCallData(newest, on: .current)) == .allow)
  }

  @Test func `of the init's allows a dozen calls and kills for everything else`() throws {
    for architecture in Architecture.allCases {
      let filter = try Filter(.initProcess(on: architecture))
      #expect(filter.programs.count == 1)
      for call in SystemCall.table {
        guard let number = call.number(on: architecture) else { continue }
        let needed = FilterRules.initCalls.contains { $0.name == call.name }
        #expect(filter.action(for: SystemCallData(number, on: architecture)) == (needed ? .allow : .killProcess), "\(call)")
      }
      #expect(filter.action(for: SystemCallData(470, on: architecture)) == .killProcess)
    }
  }

  @Test func `is not believed when an instruction of it is wrong in a way that matters`() throws {
    let filter = try Filter(.standard(on: .current, writableBinds: true))
    var random = Xorshift()
    var refused = 0
    for (which, program) in filter.programs.enumerated() {
      for index in stride(from: which, to: program.instructions.count, by: 5) {
        var instructions = program.instructions
        instructions[index].operand ^= 1
        guard let changed = try? BPFProgram(instructions) else { continue }
        var programs = filter.programs
        programs[which] = changed
        guard let believed = try? Filter(filter.rules, programs: programs) else {
          refused += 1
          continue
        }
        // Not every instruction matters: some compare what cannot differ. Then no call may be answered otherwise.
        for _ in 0..<500 {
          let call = random.call(among: filter.rules)
          let (expected, actual) = (filter.action(for: call), believed.action(for: call))
          if expected != actual { Issue.record("program \(which), instruction \(index): \(call)") }
        }
      }
    }
    #expect(refused > 15, "most matter")
  }

  @Test func `that lets TIOCSTI through when upper bits are set is not believed, by name`() throws {
    // What libseccomp makes of SCMP_CMP_EQ: a comparison of the whole register.
    let code = BPFInstruction.Code.self
    let rules = FilterRules(
      .current, unknown: .allow, argumentRules: [ArgumentRule("ioctl", .argument(1, .matchesOne([0x5412])), errno: .notPermitted)]
    ) { _ in .allow }
    let ioctl = try #require(SystemCall(named: "ioctl")?.number(on: .current))
    func program(wholeRegister: Bool) throws -> BPFProgram {
      let upper: [BPFInstruction] =
        wholeRegister ? [.init(code.loadWord, 28), .init(code.jumpIfEqual, 0, jumpTrue: 0, jumpFalse: 3)] : []
      let interface: [BPFInstruction] = [
        .init(code.loadWord, 4), .init(code.jumpIfEqual, Architecture.current.auditArchitecture, jumpTrue: 1, jumpFalse: 0),
        .init(code.returnConstant, 0x8000_0000), .init(code.loadWord, 0),
      ]
      let x32: [BPFInstruction] =
        Architecture.current == .aarch64
        ? []
        : [
          .init(code.jumpIfEqual, .max, jumpTrue: 2, jumpFalse: 0),
          .init(code.jumpIfGreaterOrEqual, 0x4000_0000, jumpTrue: 0, jumpFalse: 1),
          .init(code.returnConstant, 0x8000_0000),
        ]
      return try BPFProgram(
        interface + x32 + [.init(code.jumpIfEqual, ioctl, jumpTrue: 0, jumpFalse: UInt8(upper.count) + 3)] + upper + [
          .init(code.loadWord, 24), .init(code.jumpIfEqual, 0x5412, jumpTrue: 0, jumpFalse: 1),
          .init(code.returnConstant, 0x0005_0001), .init(code.returnConstant, 0x7fff_0000),
        ])
    }
    #expect(throws: Never.self, "the control") { try Filter(rules, programs: [program(wholeRegister: false)]) }
    let error = #expect(throws: FilterError.self) { try Filter(rules, programs: [program(wholeRegister: true)]) }
    guard case .mismatch("ioctl", let call, .fail(.notPermitted), .allow) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(call.arguments[1] >> 32 != 0)
    #expect(error?.description.contains("ioctl") == true)
  }

  @Test func `the strictest of several answers counts, of equals the last one loaded`() {
    #expect(FilterAction.killProcess.prevails(over: .allow) && !FilterAction.allow.prevails(over: .killProcess))
    #expect(
      FilterAction.fail(.notPermitted).prevails(over: .allow) && !FilterAction.fail(.notPermitted).prevails(over: .killProcess))
    #expect(FilterAction.fail(.notPermitted).prevails(over: .fail(.noFunction)))
  }
}

/// Calls that a test makes up, the same in every run.
private struct Xorshift {
  private var state: UInt64 = 0x139_408d_cbbf_7a44

  private mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// A call of the table, with small and large arguments.
  mutating func call(among rules: FilterRules) -> SystemCallData {
    let number = rules.actions[Int(next() % UInt64(rules.actions.count))].number
    var arguments: [UInt64] = []
    for _ in 0..<6 { arguments.append(next() & 1 == 0 ? next() >> (next() % 64) : next() % 64) }
    return SystemCallData(number, arguments, on: rules.architecture)
  }
}
