/// What a filter has to say about every call there is: the policy, before it is a program.
package struct FilterRules: Sendable {
  package let architecture: Architecture
  /// What is said about a number that no row knows.
  package let unknown: FilterAction
  /// What is said about each call that the table knows and the architecture has.
  package private(set) var actions: [(call: SystemCall, number: UInt32, action: FilterAction)]
  /// Which of the allowed calls are refused for their arguments; of several that apply, all say the same.
  package let argumentRules: [ArgumentRule]
  /// By the call's number. No dictionary here, nor where the program is made: the first of each kind of key takes the runtime
  /// longer than all of its look-ups would save, and a process makes its filters once.
  private var byNumber: [FilterAction?]
  private let rulesByNumber: [(number: UInt32, rules: [ArgumentRule])]

  /// - Parameter action: the answer for a call of the table.
  package init(
    _ architecture: Architecture, unknown: FilterAction, argumentRules: [ArgumentRule] = [],
    action: (SystemCall) -> FilterAction
  ) {
    self.architecture = architecture
    self.unknown = unknown
    let actions = SystemCall.table.compactMap { call in
      call.number(on: architecture).map { (call: call, number: $0, action: action(call)) }
    }
    self.actions = actions
    byNumber = Self.byNumber(actions)
    var known: [ArgumentRule] = []
    var grouped: [(number: UInt32, rules: [ArgumentRule])] = []
    for rule in argumentRules {
      // A call that this architecture lacks needs no rule there.
      guard let number = actions.first(where: { $0.call.name == rule.call })?.number else { continue }
      known.append(rule)
      if let index = grouped.firstIndex(where: { $0.number == number }) {
        grouped[index].rules.append(rule)
      } else {
        grouped.append((number, [rule]))
      }
    }
    self.argumentRules = known
    rulesByNumber = grouped
  }

  /// What is to happen to a call. This is the measure that a program is checked against.
  package func action(for call: SystemCallData) -> FilterAction {
    // i386 has other numbers, and x32 other structures: neither is what the rest of the rules speak of.
    guard call.architecture == architecture.auditArchitecture, !architecture.isX32(call.number) else { return .killProcess }
    let action = Int(call.number) < byNumber.count ? byNumber[Int(call.number)] ?? unknown : unknown
    guard action == .allow else { return action }
    return rules(for: call.number).first { $0.applies(to: call.arguments) }.map { .fail($0.errno) } ?? .allow
  }

  /// The rules for the call of a number.
  func rules(for number: UInt32) -> [ArgumentRule] { rulesByNumber.first { $0.number == number }?.rules ?? [] }

  /// The same rules, with some calls unknown.
  func forgetting(_ forgotten: Set<SystemCall>) -> FilterRules {
    var rules = self
    rules.actions.removeAll { forgotten.contains($0.call) }
    rules.byNumber = Self.byNumber(rules.actions)
    return rules
  }

  private static func byNumber(_ actions: [(call: SystemCall, number: UInt32, action: FilterAction)]) -> [FilterAction?] {
    var byNumber = [FilterAction?](repeating: nil, count: actions.reduce(0) { max($0, Int($1.number) + 1) })
    for (_, number, action) in actions {
      precondition(byNumber[Int(number)] == nil, "two rows of the table have the number \(number)")
      byNumber[Int(number)] = action
    }
    return byNumber
  }
}
