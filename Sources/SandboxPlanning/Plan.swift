/// What will be done to make a jail: ordered steps, each with the part of the policy that it comes from.
///
/// A value: print it, compare it, encode it, decode it. It says everything that the jailer will do and nothing that
/// depends on the moment, but for what the host hands over by descriptor.
public struct Plan: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The steps, in order, stage by stage.
  package var steps: [Step]
  /// What the host hands over, by slot: the first slots of the plan.
  package var passed: [String]
  /// How many slots the steps use, those handed over included.
  package var slotCount: Int

  package init(passed: [String] = []) {
    self.steps = []
    self.passed = passed
    self.slotCount = passed.count
  }

  /// A step of a plan.
  package struct Step: Hashable, Sendable, Codable {
    package let stage: Stage
    package let operation: Operation
    package let origin: PolicyPath

    package init(_ stage: Stage, _ operation: Operation, from origin: PolicyPath) {
      self.stage = stage
      self.operation = operation
      self.origin = origin
    }
  }

  /// A slot that no step uses yet.
  package mutating func newSlot() -> Slot {
    slotCount += 1
    return Slot(slotCount - 1)
  }

  /// Room for so many more steps.
  package mutating func reserve(_ count: Int) { steps.reserveCapacity(steps.count + count) }

  package mutating func add(_ stage: Stage, _ operation: Operation, from origin: PolicyPath) {
    steps.append(Step(stage, operation, from: origin))
  }

  /// The number of steps.
  public var count: Int { steps.count }

  /// A line a step: its stage, its number, what is done, and the part of the policy it comes from.
  public var description: String {
    let width = steps.map { $0.operation.description.count }.max() ?? 0
    return steps.enumerated().map { index, step in
      let number = String(index)
      let padding = String(repeating: " ", count: max(0, 3 - number.count))
      let stage = step.stage.name + String(repeating: " ", count: 8 - step.stage.name.count)
      let text = step.operation.description
      let gap = String(repeating: " ", count: max(0, min(width, 72) - text.count))
      return "\(padding)\(number)  \(stage)  \(text)\(gap)  # \(step.origin)"
    }.joined(separator: "\n")
  }
}
