internal import SandboxKernel
internal import SandboxPlanning

extension Sandbox {
  /// A program that runs in a jail of its own.
  ///
  /// When the last reference to it is released, everything in the jail is killed and reaped.
  public final class Process: Sendable {
    let jail: Jail
    let sandbox: Sandbox

    /// The number of the jail's init, as this process sees it; the program itself is process 2 inside. Of a further program
    /// of a jail, the number of its supervisor.
    public let processIdentifier: Int32
    /// What holds of the jail.
    public let enforcement: Enforcement
    /// Writes the program's input, where that is ``Input/writer``.
    public let standardInput: InputWriter?
    /// What the program writes to descriptor 1, or shows on its terminal, where that is ``Output/sequence``.
    public let standardOutput: OutputSequence?
    /// What the program writes to descriptor 2, where that is ``Output/sequence``.
    public let standardError: OutputSequence?

    @Reactor init(_ jail: Jail, of sandbox: Sandbox, command: Command) {
      self.jail = jail
      self.sandbox = sandbox
      self.processIdentifier = jail.initPID
      self.enforcement = jail.enforcement
      let wiring = jail.wiring
      if case .writer = command.input.source {
        self.standardInput = wiring.input.map { InputWriter(pump: $0) }
      } else {
        self.standardInput = nil
      }
      self.standardOutput = wiring.channel(of: .standardOutput).map { OutputSequence(channel: $0) }
      self.standardError = wiring.channel(of: .standardError).map { OutputSequence(channel: $0) }
    }

    deinit {
      let jail = jail
      guard jail.concluded == nil else { return }
      Reactor.perform { jail.end(.killed) }
    }

    /// Waits until the program has ended, and everything in its jail with it. (What it wrote to a tmpfs of a prepared sandbox's jail is
    /// freed about a millisecond later, where nobody can reach it: see ``Sandbox/Prepared``.)
    ///
    /// Cancelling the waiting task kills the jail.
    ///
    /// - Throws: ``Error`` of kind `cancelled`, `inputFailed`, or `host` where a relay to the caller's descriptors failed;
    ///   each once nothing is left of the jail.
    public func wait() async throws(Sandbox.Error) -> Outcome {
      let jail = jail
      let result = await withTaskCancellationHandler {
        await jail.waitForEnd()
      } onCancel: {
        Reactor.perform { jail.end(.cancelled) }
      }
      return try result.get()
    }

    /// Sends a signal to the program, by way of the jail's init.
    ///
    /// - Returns: false where it has ended already.
    /// - Throws: ``Error`` of kind `invalid` for SIGKILL, SIGSTOP and SIGCHLD, and for what is no signal.
    @discardableResult
    public func send(_ signal: Signal) async throws(Sandbox.Error) -> Bool {
      if let problem = signal.problem(at: "signal") { throw .invalid([problem]) }
      guard !Self.unforwardable.contains(signal.rawValue) else {
        throw .invalid([
          Problem("signal", "\(signal) cannot be forwarded by the jail's init", hint: signal == .kill ? "use kill()" : nil)
        ])
      }
      return try await jail.send(signal)
    }

    /// SIGKILL, which takes everything in the jail with it, not the program alone; SIGSTOP, which nobody could undo for the
    /// deadline; SIGCHLD, which means something only from the kernel.
    private static let unforwardable: Set<Int32> = [9, 19, 17]

    /// Kills everything in the jail, and comes back when it is gone.
    public func kill() async {
      await jail.end(.killed)
      _ = await jail.waitForEnd()
    }

    /// Asks the program to end, and kills everything in the jail if it has not within a grace period.
    ///
    /// - Returns: what came of it; the verdict is ``Verdict/finished`` where the program ended in time.
    /// - Throws: as ``wait()`` and ``send(_:)``.
    @discardableResult
    public func terminate(with signal: Signal = .terminate, grace: Duration = .seconds(5)) async throws(Sandbox.Error) -> Outcome
    {
      try await send(signal)
      let alarm = await jail.killAfter(grace)
      let outcome: Outcome
      do throws(Sandbox.Error) {
        outcome = try await wait()
      } catch {
        await alarm.cancel()
        throw error
      }
      await alarm.cancel()
      return outcome
    }

    /// Changes the size of the program's terminal; it learns of it by SIGWINCH.
    ///
    /// - Throws: ``Error`` of kind `invalid` where it has no terminal, `host` where the kernel refuses.
    public func resizeTerminal(rows: UInt16, columns: UInt16) async throws(Sandbox.Error) {
      try await jail.resizeTerminal(rows: rows, columns: columns)
    }
  }
}

extension Jail {
  func killAfter(_ grace: Duration) -> Alarm { Reactor.after(grace) { self.end(.killed) } }

  func resizeTerminal(rows: UInt16, columns: UInt16) throws(Sandbox.Error) {
    guard let terminal = wiring.terminal else {
      throw .invalid([Problem("command.terminal", "the program has no terminal, or has ended")])
    }
    do throws(SystemCallError) {
      try OwnedDescriptor.setWindow(of: terminal.number, rows: rows, columns: columns)
    } catch {
      throw Sandbox.Error(error)
    }
  }
}

extension Wiring {
  func channel(of stream: Sandbox.Stream) -> OutputChannel? { outputs[stream] as? OutputChannel }
}
