public import SandboxPlanning
internal import Capabilities
internal import Namespaces
internal import SandboxKernel
internal import Synchronization

extension Sandbox {
  /// A sandbox of which everything that does not differ between jails has been done: checked, planned, its filter made, and
  /// its root built in a launcher, a process of a few pages that waits. Each spawn is a clone from it.
  ///
  /// Its jails share the user namespace, the read-only file system of the root with the files that the policy puts there,
  /// and, where the policy's filter keeps keyctl(2) from the payload, a session keyring. Everything else is each jail's own:
  /// mount, pid, network, ipc, uts, cgroup and time namespace, /proc, /dev/pts, and every tmpfs. The next jail's mount
  /// namespace, with what of this belongs to none of its processes, is made ahead: 1 ms after the jail before has ended, or
  /// 10 ms after that was cloned. It is one jail's, and a jail that comes sooner makes its own. Until then the launcher keeps
  /// the mount namespace of the jail before, out of everybody's reach.
  ///
  /// What it does not protect against: jails see by way of inotify(7), file locks and the page cache that another one reads
  /// the same file, as all processes do that share read-only files of the host.
  ///
  /// The host's mounts and files are those of the moment it was prepared: a source that is renamed, unmounted or deleted
  /// since then is still what its jails see.
  ///
  /// A jail that keeps a capability has a user namespace of its own, and one that shares the host's users, mounts or processes
  /// has nothing to share with others. Of such a policy only the checks, the files that it names on the host, the plan and the
  /// filter are prepared: there is no launcher that waits, and each spawn makes its own.
  ///
  /// The launcher ends when the last reference to this is released, with ``end()``, and with this process, however that
  /// ends. Any number of tasks may use it at once. Its jails do not end with it.
  public final class Prepared: Sendable {
    /// What was prepared.
    public let sandbox: Sandbox
    /// Where the network namespaces of its jails come from.
    public let network: NetworkPreparation
    /// Nil where each jail has its own.
    let launcher: ParkedLauncher?
    let host: Host
    /// Whether it has been ended, where there is no launcher that would know.
    private let isOver = Atomic(false)
    /// The jail's plan for any command that has nothing but its three streams, but for its program.
    private let usual: PlanEncoder

    /// Where a jail's own network namespace comes from.
    public enum NetworkPreparation: Sendable, Hashable {
      /// It is made when the jail is, which costs about as much as everything else together.
      case onTheSpot
      /// It is made, with its loopback up, 1 ms after the jail before has ended, or 10 ms after that was cloned: the next spawn
      /// does not wait for it, unless it comes sooner. One namespace is kept ahead, and none is ever shared.
      case ahead
    }

    init(_ sandbox: Sandbox, network: NetworkPreparation, usual: PlanEncoder, host: Host, launcher: ParkedLauncher?) {
      self.usual = usual
      self.sandbox = sandbox
      self.network = network
      self.host = host
      self.launcher = launcher
    }

    deinit {
      guard let launcher else { return }
      Reactor.perform { launcher.release() }
    }

    /// The steps that the launcher has carried out; none where each jail has its own.
    public var plan: Plan { launcher?.plan ?? Plan() }

    /// The steps that are left for a jail with such a command.
    ///
    /// - Throws: ``Sandbox/Error`` of kind ``Sandbox/Error/Kind/invalid``.
    public func plan(for command: Command) throws(Sandbox.Error) -> Plan {
      guard launcher != nil else { return try sandbox.planned(for: command, on: host) }
      return try sandbox.jailPlan(for: command, on: host, networkAhead: isNetworkAhead)
    }

    private var isNetworkAhead: Bool { sandbox.makesNetworkAhead(network) }

    /// Starts a program in a new jail, and gives the running process; as ``Sandbox/spawn(_:)``.
    ///
    /// - Throws: ``Sandbox/Error``, of kind ``Sandbox/Error/Kind/ended`` where the launcher was let go or killed.
    public func spawn(_ command: Command) async throws(Sandbox.Error) -> Process {
      if Task.isCancelled { throw .cancelled }
      guard !isOver.load(ordering: .acquiring) else { throw ParkedLauncher.ended }
      return try await sandbox.spawn(
        command, try encoder(for: command), on: host, by: launcher.map { .parked($0) } ?? .own)
    }

    private func encoder(for command: Command) throws(Sandbox.Error) -> PlanEncoder {
      guard command.terminal == nil, command.descriptors.isEmpty, command.namespaces.isEmpty,
        !command.opensHostFiles
      else {
        return PlanEncoder(try plan(for: command))
      }
      let problems = command.problems(in: sandbox)
      guard problems.isEmpty else { throw .invalid(problems) }
      var encoder = usual
      encoder.replaceExecution(by: command.execution)
      return encoder
    }

    /// Runs a program in a new jail to its end, and collects what it writes; as
    /// ``Sandbox/run(_:arguments:environment:input:output:error:)``.
    ///
    /// - Throws: ``Sandbox/Error``. A program that runs and fails does not throw.
    public func run(
      _ executable: String, arguments: [String] = [], environment: Environment = .standard, input: Input = .none,
      output: Output = .string(), error: Output = .string()
    ) async throws(Sandbox.Error) -> Outcome {
      try await run(
        Command(executable, arguments: arguments, environment: environment, input: input, output: output, error: error))
    }

    /// Runs a command in a new jail to its end.
    ///
    /// - Throws: ``Sandbox/Error``. A program that runs and fails does not throw.
    public func run(_ command: Command) async throws(Sandbox.Error) -> Outcome { try await spawn(command).wait() }

    /// Ends the launcher; comes back when it is gone. Its jails live on.
    public func end() async {
      isOver.store(true, ordering: .releasing)
      guard let launcher else { return }
      await launcher.release()
      await launcher.waitUntilGone()
    }
  }

  /// Does once what does not differ between jails, so that each spawn costs a clone and little more.
  ///
  /// - Parameter network: where the network namespaces of its jails come from.
  /// - Throws: ``Error``: everything that is wrong with the policy, or the step that failed. Nothing is left then.
  public func prepare(network: Prepared.NetworkPreparation = .ahead) async throws(Sandbox.Error) -> Prepared {
    if Task.isCancelled { throw .cancelled }
    let host = try host()
    guard sharesLauncher else {
      let usual = PlanEncoder(try planned(for: Command("/"), on: host))
      return Prepared(self, network: network, usual: usual, host: host, launcher: nil)
    }
    let plan = try launcherPlan(on: host, networkAhead: makesNetworkAhead(network))
    // What only a jail's plan has to say, the filter, is said now.
    let usual = PlanEncoder(try jailPlan(for: Command("/"), on: host, networkAhead: makesNetworkAhead(network)))
    let launcher = try await Self.onReactor { try Self.park(plan, on: host) }
    let parked = await withTaskCancellationHandler {
      await launcher.waitUntilParked()
    } onCancel: {
      Reactor.perform { launcher.end() }
    }
    guard case .failure(let error) = parked else {
      return Prepared(self, network: network, usual: usual, host: host, launcher: launcher)
    }
    await launcher.waitUntilGone()
    if Task.isCancelled { throw .cancelled }
    throw error
  }

  /// Whether its jails can have a launcher in common: whoever keeps a capability in a user namespace could undo what others
  /// rely on in it.
  private var sharesLauncher: Bool {
    capabilities.kept.isEmpty && !namespaces.sharesFoundations
  }

  @Reactor private static func park(_ plan: Plan, on host: Host) throws -> ParkedLauncher {
    let encoded = plan.encoded()
    let (arena, memory) = try SharedArena.make(
      contents: encoded.bytes, sharedAt: encoded.reportOffset, size: encoded.reportSize)
    let launcher = ParkedLauncher(plan: plan, host: host, arena: arena)
    try launcher.launch(handed: [memory] + lasting(on: host))
    return launcher
  }

  func makesNetworkAhead(_ network: Prepared.NetworkPreparation) -> Bool {
    network == .ahead && namespaces.network == .own
  }
}
