/// What a filter has to say about every call there is: the policy, before it is a program.
package struct FilterRules: Sendable {
  package let architecture: Architecture
  /// What is said about a number that no row knows.
  package let unknown: FilterAction
  /// What is said about each call that the table knows and the architecture has.
  package private(set) var actions: [(call: SystemCall, number: UInt32, action: FilterAction)]
  /// Which of the allowed calls are refused for their arguments; of several that apply, all say the same.
  package let argumentRules: [ArgumentRule]
  private var byNumber: [UInt32: FilterAction]
  private let rulesByNumber: [UInt32: [ArgumentRule]]

  /// - Parameter action: the answer for a call of the table.
  package init(
    _ architecture: Architecture, unknown: FilterAction, argumentRules: [ArgumentRule] = [],
    action: (SystemCall) -> FilterAction
  ) {
    self.architecture = architecture
    self.unknown = unknown
    actions = SystemCall.table.compactMap { call in call.number(on: architecture).map { (call, $0, action(call)) } }
    let numbers = Dictionary(uniqueKeysWithValues: actions.map { ($0.call.name, $0.number) })
    // A call that this architecture lacks needs no rule there.
    self.argumentRules = argumentRules.filter { numbers[$0.call] != nil }
    byNumber = Dictionary(uniqueKeysWithValues: actions.map { ($0.number, $0.action) })
    rulesByNumber = Dictionary(grouping: self.argumentRules) { numbers[$0.call] ?? .max }
  }

  /// What is to happen to a call. This is the measure that a program is checked against.
  package func action(for call: SystemCallData) -> FilterAction {
    // i386 has other numbers, and x32 other structures: neither is what the rest of the rules speak of.
    guard call.architecture == architecture.auditArchitecture, !architecture.isX32(call.number) else { return .killProcess }
    let action = byNumber[call.number] ?? unknown
    guard action == .allow, let rules = rulesByNumber[call.number] else { return action }
    return rules.first { $0.applies(to: call.arguments) }.map { .fail($0.errno) } ?? .allow
  }

  /// The rules for the call of a number.
  func rules(for number: UInt32) -> [ArgumentRule] { rulesByNumber[number] ?? [] }

  /// The same rules, with some calls unknown.
  func forgetting(_ forgotten: Set<SystemCall>) -> FilterRules {
    var rules = self
    rules.actions.removeAll { forgotten.contains($0.call) }
    rules.byNumber = Dictionary(uniqueKeysWithValues: rules.actions.map { ($0.number, $0.action) })
    return rules
  }
}
