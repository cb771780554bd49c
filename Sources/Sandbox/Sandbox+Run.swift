internal import SandboxKernel

extension Sandbox {
  /// Runs a program in a new jail to its end, and collects what it writes.
  ///
  /// Cancelling the calling task kills the jail, and throws when it is gone.
  ///
  /// - Parameters:
  ///   - executable: an absolute path inside the jail, or a name that is searched for in the jail's `PATH`.
  ///   - arguments: without the program's name.
  ///   - environment: nothing of the host's unless it is named.
  ///   - input: descriptor 0.
  ///   - output: descriptor 1; collected up to 1 MiB unless said otherwise.
  ///   - error: descriptor 2; likewise.
  /// - Throws: ``Error``. A program that runs and fails does not throw: ``Outcome/terminationStatus`` tells.
  public func run(
    _ executable: String, arguments: [String] = [], environment: Environment = .standard, input: Input = .none,
    output: Output = .string(), error: Output = .string()
  ) async throws(Sandbox.Error) -> Outcome {
    try await run(
      Command(executable, arguments: arguments, environment: environment, input: input, output: output, error: error))
  }

  /// Runs a command in a new jail to its end.
  ///
  /// - Throws: ``Error``. A program that runs and fails does not throw: ``Outcome/terminationStatus`` tells.
  public func run(_ command: Command) async throws(Sandbox.Error) -> Outcome { try await spawn(command).wait() }

  /// Runs a command in a new jail for as long as `body` runs: when that returns or throws, the jail is killed if the
  /// program has not ended, and gone when this returns. A body that wants the program's own end waits for it:
  /// ``Process/wait()``. Cancelling the calling task kills the jail at once; the body hears of it as of any end, and by its
  /// own cancellation.
  ///
  /// - Returns: what `body` gave, and what came of the program.
  /// - Throws: ``Error``, or whatever `body` throws.
  public func run<Value: Sendable>(
    _ command: Command, isolation: isolated (any Actor)? = #isolation, body: (Process) async throws -> Value
  ) async throws -> (value: Value, outcome: Outcome) {
    let process = try await spawn(command)
    let jail = process.jail
    let value: Value
    do {
      value = try await withTaskCancellationHandler {
        try await body(process)
      } onCancel: {
        Reactor.perform { jail.end(.cancelled) }
      }
    } catch {
      await process.kill()
      throw error
    }
    await jail.endProgram()
    return (value, try await process.wait())
  }
}
