internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

/// What came of a jail that is gone, from its report, the ends of its processes, and the host's reason.
@Reactor struct Conclusion {
  let jail: Jail

  var result: Swift.Result<Sandbox.Outcome, Sandbox.Error> {
    guard let report = jail.report() else {
      return .failure(Sandbox.Error(.setup, problems: [Problem("", "the jailer's report cannot be read")]))
    }
    switch jail.reason {
    case .cancelled: return .failure(.cancelled)
    case .failed(let error): return .failure(error)
    case .killed, .deadline, nil: break
    }
    switch report.state {
    case .failed: return .failure(Sandbox.error(report, in: jail.plan, on: jail.host))
    case .launching, .cloned, .parked: return .failure(unfinished(report))
    case .started, .ended: return .success(outcome(report))
    }
  }

  /// The set-up neither failed at a step nor reached the program: someone killed it, or it never had a plan to read.
  private func unfinished(_ report: Report) -> Sandbox.Error {
    if case .killed = jail.reason {
      return Sandbox.Error(.setup, problems: [Problem("", "the host ended the jail before the program ran")])
    }
    if case .parked(let parked) = jail.launcher, report.jailPID == 0 { return parked.loss ?? ParkedLauncher.killed }
    return Sandbox.unfinished(report, plan: jail.plan, launcherExit: jail.launcherExit)
  }

  private func outcome(_ report: Report) -> Sandbox.Outcome {
    let hasEnded = report.state == .ended
    var collected: [Sandbox.Stream: [UInt8]] = [:]
    var cut: [Sandbox.Stream: Int] = [:]
    for (stream, sink) in jail.wiring.outputs {
      let collector = sink as? OutputCollector
      collected[stream] = collector?.takeBytes()
      if sink.cut > 0, collector?.discards != true { cut[stream] = sink.cut }
    }
    return Sandbox.Outcome(
      terminationStatus: hasEnded ? status(report) : nil, verdict: verdict(report, cut: Set(cut.keys)),
      standardOutputBytes: collected[.standardOutput] ?? [], standardErrorBytes: collected[.standardError] ?? [], cut: cut,
      usage: hasEnded ? usage(report) : .unknown, enforcement: jail.enforcement,
      record: StepRecord(plan: jail.variant, steps: report.steps))
  }

  /// Nil where nobody knows it.
  private func status(_ report: Report) -> Sandbox.TerminationStatus? {
    guard report.endCode != 0 else { return nil }
    return report.endCode == Report.exitedCode
      ? .exited(Int(report.endStatus)) : .signaled(Sandbox.Signal(rawValue: report.endStatus))
  }

  /// Whether a further program did not start for a reason that the end of its jail gives as well: its process was killed, or could
  /// not be born in a pid namespace that is no more.
  static func mayBeEndOfJail(_ report: Report, in plan: Plan) -> Bool {
    guard report.state == .failed else { return [.launching, .cloned].contains(report.state) }
    guard report.detail != .killed, plan.steps.indices.contains(report.failedStep) else { return true }
    return switch plan.steps[report.failedStep].operation {
    case .joinNamespaces: report.error == Errno.noSuchProcess.rawValue
    case .startPayload: report.error == Errno.noMemory.rawValue
    default: false
    }
  }

  private func verdict(_ report: Report, cut: Set<Sandbox.Stream>) -> Sandbox.Verdict {
    // A program that ended just before the host's request did so by itself.
    let hasEnded = report.state == .ended
    if hasEnded, report.endedByPayload { return cut.isEmpty ? .finished : .outputCut(cut) }
    return switch jail.reason {
    case .deadline: .timedOut(.wallClock)
    case .killed: .ended
    case .cancelled, .failed: preconditionFailure("told as errors")
    case nil: .lost
    }
  }

  private func usage(_ report: Report) -> Sandbox.Usage {
    Sandbox.Usage(
      wallTime: .nanoseconds(Int64(clamping: report.ended &- report.started)),
      userTime: .nanoseconds(Int64(clamping: report.userNanoseconds)),
      systemTime: .nanoseconds(Int64(clamping: report.systemNanoseconds)),
      largestResidentSize: .kibibytes(min(report.maxResidentKiB, 1 << 52)))
  }
}

extension Sandbox {
  /// What a set-up that nobody finished comes to.
  static func unfinished(_ report: Report, plan: Plan, launcherExit: ProcessDescriptor.Exit?) -> Sandbox.Error {
    if case .exited(let status) = launcherExit, let refusal = Report.refusal(status) {
      return Sandbox.Error(.setup, problems: [Problem("", "the jailer refused its plan: \(refusal)")])
    }
    let who: String
    if case .killed(let signal) = launcherExit {
      who = "the launcher was killed by \(Sandbox.Signal(rawValue: signal))"
    } else {
      who = "the jail's init was killed"
    }
    let step = plan.steps[..<report.steps.count].indices.last { report.steps[$0].ran }
    let after = step.map { " after step \($0), \(plan.steps[$0].operation.name)" } ?? ""
    return Sandbox.Error(
      .setup,
      problems: [
        Problem(
          "", "\(who)\(after), before the program ran", hint: "the kernel's out-of-memory killer, or another process, did it")
      ])
  }
}
