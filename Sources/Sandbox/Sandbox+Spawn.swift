internal import SandboxKernel
internal import SandboxPlanning

extension Sandbox {
  /// Starts a program in a new jail, and gives the running process.
  ///
  /// When this returns, the program runs: each step of making the jail has succeeded, execve(2) included. The process is
  /// killed with everything in its jail when the last reference to it is released, and when this process ends, however.
  ///
  /// - Throws: ``Error``: `invalid` before anything is done, `setup`, `notFound` or `notExecutable` with the step that
  ///   failed, `host`, or `cancelled`. Nothing is left then.
  public func spawn(_ command: Command) async throws(Sandbox.Error) -> Process {
    if Task.isCancelled { throw .cancelled }
    let host = try host()
    let plan = try planned(for: command, on: host)
    return try await spawn(command, PlanEncoder(plan), on: host, by: .own)
  }

  /// Starts what is planned.
  ///
  /// - Parameter living: the jail that a further program is for.
  func spawn(
    _ command: Command, _ plan: PlanEncoder, on host: Host, by launcher: Jail.Launcher, in living: Jail? = nil
  ) async throws(Sandbox.Error) -> Process {
    try Sandbox.Error.translating { try Reactor.start() }
    let start = Start(
      of: self, command, plan, on: host, by: launcher, in: living, enforcement: enforcement(for: command, on: host))
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        Reactor.perform { start.begin { continuation.resume() } }
      }
    } onCancel: {
      Reactor.perform { start.cancel() }
    }
    return try start.result.get()
  }

  /// Begins something on the reactor, and throws what fails as this error.
  static func onReactor<Result: Sendable>(
    _ body: @Reactor @Sendable () throws -> Result
  ) async throws(Sandbox.Error) -> Result {
    try Sandbox.Error.translating { try Reactor.start() }
    return try await translated(body)
  }

  @Reactor private static func translated<Result: Sendable>(
    _ body: @Reactor @Sendable () throws -> Result
  ) throws(Sandbox.Error) -> Result {
    try Sandbox.Error.translating(body)
  }

  @Reactor func launch(
    _ command: Command, _ plan: PlanEncoder, on host: Host, by launcher: Jail.Launcher, in living: Jail?,
    enforcement: Enforcement
  ) throws -> Jail {
    let encoded = plan.encoded
    let (arena, memory): (SharedArena, SharedDescriptor)
    var handed: [SharedDescriptor]
    switch launcher {
    case .own, .joining:
      (arena, memory) = try SharedArena.make(
        contents: encoded.bytes, sharedAt: encoded.reportOffset, size: encoded.reportSize)
      handed = try [memory] + Self.lasting(on: host)
    case .parked(let parked):
      // It has the rest already.
      (arena, memory) = try parked.arena(for: encoded)
      handed = [memory]
    }
    if case .joining = launcher {
      guard let program = try living?.descriptorOfProgram() else { throw Error.jailEnded }
      handed.append(program)
    }
    let failures = FailureRoute()
    let wiring = try Wiring(
      command, mayBeRoot: host.isPrivileged && namespaces.isShared(.user),
      onFailure: { path, error in failures.fail(Error(error, at: path)) },
      onInputFailure: { message in
        failures.fail(Error(.inputFailed, problems: [Problem("command.input", "the sequence threw: \(message)")]))
      })
    let jail = Jail(
      variant: plan.variant, host: host, enforcement: enforcement, deadline: deadline, launcher: launcher, in: living,
      arena: arena, wiring: wiring, guardsHostFiles: living?.guardsHostFiles ?? guardsHostFiles(for: command))
    failures.jail = jail
    handed += wiring.handed
    try jail.launch(handed: handed)
    return jail
  }

  /// What every launcher gets, and passes on to its jails' inits.
  static func lasting(on host: Host) throws -> [SharedDescriptor] {
    [try HostLiveness.shared()] + (host.isPrivileged ? [try PayloadIdentity.claimed().claim] : [])
  }
}

/// Where failures of a jail's streams go: the streams are made before the jail is.
@Reactor private final class FailureRoute {
  weak var jail: Jail?
  init() {}
  func fail(_ error: Sandbox.Error) { jail?.fail(error) }
}
