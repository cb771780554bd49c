internal import SandboxPlanning

/// What became of a plan's steps; the sentences about it are made when someone asks for them, which few do.
struct StepRecord: Sendable, Hashable {
  let plan: Plan
  /// A step's time in nanoseconds; nil where it has not run.
  let nanoseconds: [UInt64?]

  var steps: [Sandbox.Step] {
    zip(plan.steps, nanoseconds).compactMap { step, nanoseconds in
      nanoseconds.map {
        Sandbox.Step(
          operation: step.operation.description, path: step.origin, stage: step.stage,
          duration: .nanoseconds(Int64(clamping: $0)))
      }
    }
  }
}
