internal import Jailer
internal import SandboxKernel
internal import SystemPackage

/// What is said of a failure after the first change: put together before, since nothing of Swift runs by then.
struct LastWords {
  private var steps: [CChar] = []
  private var errors: [CChar] = []
  private var hints: [CChar] = []

  init(of plan: Plan, hints: [Entrance.LastHint]) {
    func add(_ text: String, to bytes: inout [CChar]) {
      bytes += text.utf8.lazy.filter { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
    }
    for step in plan.steps {
      add("\(step.origin)", to: &steps)
      add(step.operation.subject, to: &steps)
    }
    for number in 0...133 {
      let errno = Errno(rawValue: CInt(number))
      add("\(errno.name) (\(errno.meaning))", to: &errors)
    }
    for hint in hints {
      // One more, since 0 would end the text.
      self.hints += [CChar(truncatingIfNeeded: hint.errno), CChar(truncatingIfNeeded: hint.detail.rawValue + 1)]
      add(hint.text, to: &self.hints)
    }
    self.hints.append(0)
  }

  func lend(to entrance: inout jailer_entrance, _ body: (inout jailer_entrance) -> Void) {
    steps.withUnsafeBufferPointer { steps in
      errors.withUnsafeBufferPointer { errors in
        hints.withUnsafeBufferPointer { hints in
          entrance.step_texts = steps.baseAddress
          entrance.error_texts = errors.baseAddress
          entrance.hints = hints.baseAddress
          body(&entrance)
        }
      }
    }
  }
}
