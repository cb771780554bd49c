internal import SandboxKernel
internal import SandboxPlanning

/// The start of a jail, from the request until its program runs, or until nothing is left of it.
///
/// All of it is on the reactor, and whoever waits for it is resumed once: each change of threads costs as much as some of the
/// jail's steps.
@Reactor final class Start {
  private let sandbox: Sandbox
  private let command: Sandbox.Command
  private let plan: PlanEncoder
  private let host: Sandbox.Host
  private let launcher: Jail.Launcher
  /// The jail that a further program is for.
  private let living: Jail?
  private let enforcement: Sandbox.Enforcement
  private var jail: Jail?
  private var isCancelled = false
  /// What came of it, for the thread that waits. (A lock is what ThreadSanitizer sees; how a continuation is resumed, it does not.)
  private nonisolated let answer = Locked<Swift.Result<Sandbox.Process, Sandbox.Error>?>(nil)

  nonisolated init(
    of sandbox: Sandbox, _ command: Sandbox.Command, _ plan: PlanEncoder, on host: Sandbox.Host, by launcher: Jail.Launcher,
    in living: Jail?, enforcement: Sandbox.Enforcement
  ) {
    self.sandbox = sandbox
    self.command = command
    self.plan = plan
    self.host = host
    self.launcher = launcher
    self.living = living
    self.enforcement = enforcement
  }

  /// Calls `body` when there is a result.
  func begin(_ body: @escaping @Reactor () -> Void) {
    let answer: @Reactor (Swift.Result<Sandbox.Process, Sandbox.Error>) -> Void = { result in
      self.answer.withLock { $0 = result }
      body()
    }
    let jail: Jail
    do throws(Sandbox.Error) {
      jail = try launch()
    } catch {
      return answer(.failure(error))
    }
    self.jail = jail
    if let living { living.note(openings: enforcement.openings) }
    jail.whenStarted { [sandbox, command] started in
      switch started {
      case .success: answer(.success(Sandbox.Process(jail, of: sandbox, command: command)))
      // Told when everything is gone.
      case .failure(let error): jail.whenEnded { _ in answer(.failure(error)) }
      }
    }
  }

  /// Once it has been told that there is one. Whoever takes it has it alone: a process that nobody has is ended.
  nonisolated var result: Swift.Result<Sandbox.Process, Sandbox.Error> {
    answer.withLock { answer in
      defer { answer = nil }
      return answer!
    }
  }

  /// Unless its program runs already.
  func cancel() {
    isCancelled = true
    jail?.cancelStart()
  }

  private func launch() throws(Sandbox.Error) -> Jail {
    if isCancelled { throw .cancelled }
    if case .parked(let parked) = launcher, let loss = parked.loss { throw loss }
    return try Sandbox.Error.translating {
      try sandbox.launch(
        command, plan, on: host, by: launcher, in: living,
        enforcement: living?.enforcement.with(openings: enforcement.openings) ?? enforcement)
    }
  }
}
