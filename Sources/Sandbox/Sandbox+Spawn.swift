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
    let planned = try planned(for: command, on: host)
    let jail = try await launch(command, planned.plan, on: host)
    let started = await withTaskCancellationHandler {
      await jail.waitForStart()
    } onCancel: {
      Reactor.perform { jail.end(.cancelled) }
    }
    switch started {
    case .success: return await Process(jail, command: command, processIdentifier: await jail.initPID)
    case .failure(let error):
      // Thrown when everything is gone.
      _ = await jail.waitForEnd()
      throw error
    }
  }

  private func launch(_ command: Command, _ plan: Plan, on host: Host) async throws(Sandbox.Error) -> Jail {
    let enforcement = enforcement(for: command, on: host)
    do {
      try Reactor.start()
      return try await Self.launch(command, plan, on: host, enforcement: enforcement, deadline: deadline)
    } catch let error as Sandbox.Error {
      throw error
    } catch let error as SystemCallError {
      throw Error(error)
    } catch {
      preconditionFailure("nothing else is thrown here: \(error)")
    }
  }

  @Reactor private static func launch(
    _ command: Command, _ plan: Plan, on host: Host, enforcement: Enforcement, deadline: Duration?
  ) throws -> Jail {
    let encoded = plan.encoded()
    var handed: [SharedDescriptor] = []
    let arena = try SharedArena(contents: encoded.bytes, sharedAt: encoded.reportOffset, size: encoded.reportSize) {
      handed.append(SharedDescriptor($0))
    }
    handed.append(try HostLiveness.shared())
    if host.isPrivileged { handed.append(try PayloadIdentity.claimed().claim) }
    let failures = FailureRoute()
    let wiring = try Wiring(
      command,
      onFailure: { path, error in failures.fail(Error(error, at: path)) },
      onInputFailure: { message in
        failures.fail(Error(.inputFailed, problems: [Problem("command.input", "the sequence threw: \(message)")]))
      })
    let jail = Jail(plan: plan, host: host, enforcement: enforcement, deadline: deadline, arena: arena, wiring: wiring)
    failures.jail = jail
    try jail.launch(control: try OwnedDescriptor.messagePair(), handed: handed + wiring.handed)
    return jail
  }
}

/// Where failures of a jail's streams go: the streams are made before the jail is.
@Reactor private final class FailureRoute {
  weak var jail: Jail?
  init() {}
  func fail(_ error: Sandbox.Error) { jail?.fail(error) }
}
