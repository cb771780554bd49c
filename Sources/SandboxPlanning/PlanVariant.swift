/// A plan, or one that differs from it in a single step: the jails of a prepared sandbox have one in common, but for their
/// programs. That plan is put together where somebody asks for it.
package struct PlanVariant: Hashable, Sendable {
  /// What it is a variant of.
  package let original: Plan
  private var index = 0
  private var step: Plan.Step?

  package init(_ plan: Plan) { self.original = plan }

  /// The variant in which another operation stands at a step's place.
  mutating func replaceOperation(ofStep index: Int, by operation: Operation) {
    let old = original.steps[index]
    self.index = index
    self.step = Plan.Step(old.stage, operation, from: old.origin)
  }

  package var plan: Plan {
    guard let step else { return original }
    var plan = original
    plan.steps[index] = step
    return plan
  }
}
