import Sandbox
import SandboxPlanning

/// What `--report` writes.
struct ToolReport: Encodable {
  struct Note: Encodable {
    let path: String
    let reason: String

    init(_ note: Sandbox.Enforcement.Note) {
      path = note.path.description
      reason = note.reason
    }
  }

  struct Enforcement: Encodable {
    let complete: Bool
    let gaps, openings: [Note]

    init(_ enforcement: Sandbox.Enforcement) {
      complete = enforcement.isComplete
      gaps = enforcement.gaps.map(Note.init)
      openings = enforcement.openings.map(Note.init)
    }
  }

  struct Usage: Encodable {
    let wallTime, userTime, systemTime: String?
    let largestResidentSize: ByteCount?
    let source: String?

    init(_ usage: Sandbox.Usage) {
      wallTime = usage.wallTime?.text
      userTime = usage.userTime?.text
      systemTime = usage.systemTime?.text
      largestResidentSize = usage.largestResidentSize
      source = usage.wallTime == nil ? nil : "the jail's init: getrusage(RUSAGE_CHILDREN), CLOCK_MONOTONIC"
    }
  }

  struct Step: Encodable {
    let stage, operation, path, duration: String
  }

  struct Failure: Encodable {
    let kind: String
    let problems: [Problem]
    let step: Int?
    let operation, call: String?
    let errno: Int32?
    let cause: HostCause?

    init(_ error: Sandbox.Error) {
      kind = error.kind.rawValue
      problems = error.problems
      step = error.step?.index
      operation = error.step?.operation
      call = error.call
      errno = error.errno
      cause = error.cause
    }
  }

  /// Whose the exit status is: `payload` or `sandbox`.
  let origin: String
  let exitStatus: Int32
  let verdict: String?
  let status: [String: Int]?
  let usage: Usage?
  let enforcement: Enforcement?
  let steps: [Step]?
  let error: Failure?

  init(_ outcome: Sandbox.Outcome) {
    let isTimedOut: Bool
    if case .timedOut = outcome.verdict { isTimedOut = true } else { isTimedOut = false }
    // An init that was killed takes the payload with it by SIGKILL.
    let status = outcome.terminationStatus ?? .signaled(.kill)
    origin = isTimedOut || outcome.terminationStatus == nil ? "sandbox" : "payload"
    exitStatus = isTimedOut ? ToolStatus.timedOut : Int32(status.shellStatus)
    verdict = outcome.verdict.description
    switch outcome.terminationStatus {
    case .exited(let code): self.status = ["exited": code]
    case .signaled(let signal): self.status = ["signaled": Int(signal.rawValue)]
    case nil: self.status = nil
    }
    usage = Usage(outcome.usage)
    enforcement = Enforcement(outcome.enforcement)
    steps = outcome.steps.map {
      Step(stage: $0.stage.name, operation: $0.operation, path: $0.path.description, duration: $0.duration.text)
    }
    error = nil
  }

  init(_ error: Sandbox.Error) {
    origin = "sandbox"
    exitStatus = ToolStatus.of(error)
    self.error = Failure(error)
    (verdict, status, usage, enforcement, steps) = (nil, nil, nil, nil, nil)
  }
}
