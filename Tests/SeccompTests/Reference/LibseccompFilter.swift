import SystemPackage

@testable import Seccomp

/// A call of libseccomp, or one that served it, that failed.
struct LibseccompError: Error {
  let call, arguments: String
  let errno: Errno?

  init(_ call: String, _ arguments: String, _ errno: Errno?) {
    self.call = call
    self.arguments = arguments
    self.errno = errno
  }
}

/// What libseccomp makes of rules: a second opinion, by other people's code.
///
/// Its programs are one or two. Its rules are alternatives without an order, and one without arguments swallows those with;
/// "allowed, but for these arguments" is therefore a program of its own, in which what no rule names is allowed.
enum LibseccompFilter {
  /// The calls for another architecture that it does not know are left out of the rules.
  static func make(_ rules: FilterRules) throws -> Filter {
    let rules = rules.forgetting(
      Set(rules.actions.map(\.call).filter { !LibseccompCompiler.takes($0, for: rules.architecture) }))
    var programs: [BPFProgram] = []
    if !rules.argumentRules.isEmpty { programs.append(try argumentProgram(rules)) }
    programs.append(try callProgram(rules))
    return try Filter(rules, programs: programs)
  }

  private static func callProgram(_ rules: FilterRules) throws(LibseccompError) -> BPFProgram {
    let compiler = try LibseccompCompiler(rules.architecture, standard: rules.unknown)
    for (call, number, action) in rules.actions { try compiler.add(action, call, number: number) }
    return try compiler.program()
  }

  private static func argumentProgram(_ rules: FilterRules) throws(LibseccompError) -> BPFProgram {
    let compiler = try LibseccompCompiler(rules.architecture, standard: .allow)
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
