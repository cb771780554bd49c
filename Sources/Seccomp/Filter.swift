/// Rules as programs that the kernel takes, checked against the rules.
package struct Filter: Sendable {
  package let rules: FilterRules
  /// In the order in which they are loaded; of what they say about a call, the strictest counts.
  package let programs: [BPFProgram]

  /// Lets libseccomp make the programs, and believes nothing of them that has not been checked (``check()``).
  ///
  /// They are one or two. libseccomp's rules are alternatives without an order, and one without arguments swallows those
  /// with; "allowed, but for these arguments" is therefore a program of its own, in which what no rule names is allowed.
  package init(_ rules: FilterRules) throws(FilterError) {
    let rules = rules.forgetting(Set(rules.actions.map(\.call).filter { !FilterCompiler.takes($0, for: rules.architecture) }))
    var programs: [BPFProgram] = []
    if !rules.argumentRules.isEmpty { programs.append(try Self.argumentProgram(rules)) }
    programs.append(try Self.callProgram(rules))
    try self.init(rules, programs: programs)
  }

  /// Takes programs that someone else has made, once they have been checked against the rules.
  package init(_ rules: FilterRules, programs: [BPFProgram]) throws(FilterError) {
    self.rules = rules
    self.programs = programs
    try check()
  }

  /// What the programs together say about a call; nil if it is none of our actions.
  package func action(for call: SystemCallData) -> FilterAction? {
    var strictest: FilterAction?
    for program in programs {
      guard let answer = FilterAction(returnValue: program.returnValue(for: call)) else { return nil }
      strictest = strictest.map { answer.prevails(over: $0) ? answer : $0 } ?? answer
    }
    return strictest
  }

  private static func callProgram(_ rules: FilterRules) throws(FilterError) -> BPFProgram {
    let compiler = try FilterCompiler(rules.architecture, standard: rules.unknown)
    for (call, number, action) in rules.actions { try compiler.add(action, call, number: number) }
    return try compiler.program()
  }

  private static func argumentProgram(_ rules: FilterRules) throws(FilterError) -> BPFProgram {
    let compiler = try FilterCompiler(rules.architecture, standard: .allow)
    for (call, number, action) in rules.actions where action == .allow {
      for rule in rules.rules(for: number) {
        for alternative in rule.alternatives { try compiler.add(.fail(rule.errno), call, number: number, where: alternative) }
      }
    }
    return try compiler.program()
  }
}

extension ArgumentRule {
  /// The rule as alternatives, in each of which every argument has to match one pattern.
  fileprivate var alternatives: [[(index: Int, pattern: BitPattern)]] {
    conditions.reduce([[]]) { partial, condition in
      partial.flatMap { before in condition.alternatives.map { before + [(condition.argument, $0)] } }
    }
  }
}
