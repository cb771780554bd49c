internal import SandboxPlanning

/// What became of a plan's steps; the sentences about it are made when someone asks for them, which few do.
struct StepRecord: Sendable, Hashable {
  let plan: PlanVariant
  private let reported: [Report.Step]

  init(plan: PlanVariant, steps: [Report.Step]) {
    self.plan = plan
    self.reported = steps
  }

  var steps: [Sandbox.Step] {
    zip(plan.plan.steps, reported).compactMap { step, reported in
      guard reported.ran else { return nil }
      return Sandbox.Step(
        operation: step.operation.description, path: step.origin, stage: step.stage,
        duration: .nanoseconds(Int64(clamping: reported.nanoseconds)))
    }
  }
}
