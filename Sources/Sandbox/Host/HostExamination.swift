internal import Namespaces
internal import Rootfs
internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

extension Sandbox.Host {
  /// Tries what a jail is made of, part by part, and says what this host allows.
  ///
  /// First each kind of namespace, by clone3(2) in a user namespace of its own; then jails, from the smallest one to the
  /// closed box. Each is tried in a child that ends at once; nothing of this process changes and nothing is left. It takes
  /// some tens of milliseconds, and no version is looked at. What a security module or a limit allows may change at any time
  /// after.
  ///
  /// It says what can be made, not that the kernel is without faults. What a policy opens beyond the closed box is known when
  /// that is spawned.
  ///
  /// - Throws: ``Sandbox/Error`` of kind ``Sandbox/Error/Kind/cancelled``; what the host refuses is not thrown but reported.
  public static func report() async throws(Sandbox.Error) -> Report {
    var examination = Examination()
    try await examination.run()
    return Report(
      kernel: KernelRelease.current, uid: ProcessIdentity.effectiveUser, profile: HostPath.profile,
      isFiltered: HostPath.isFiltered, findings: examination.findings, gaps: examination.gaps)
  }
}

/// The parts in their order, each on those before.
private struct Examination {
  typealias Report = Sandbox.Host.Report

  private(set) var findings: [Report.Finding] = []
  private(set) var gaps: [Sandbox.Enforcement.Note] = []

  mutating func run() async throws(Sandbox.Error) {
    let host: Sandbox.Host
    do {
      host = try .current
    } catch {
      note("host", "who this process is, and ids to give to payloads", .refused(error))
      note("closed-box", "the closed box, all of it together", .untried(because: "host"))
      return
    }
    for kind in Namespace.allCases { tryNamespace(kind, on: host) }
    for jail in Self.jails where jail.isFor(host) { try await tryJail(jail) }
    do {
      gaps = try Sandbox().enforcement(for: Self.program).gaps
    } catch  where error.kind == .cancelled {
      throw error
    } catch {
      // The same that kept the box from being made.
    }
  }

  private mutating func note(_ name: String, _ title: String, isNeeded: Bool = true, _ verdict: Report.Verdict) {
    findings.append(.init(name: name, title: title, isNeeded: isNeeded, verdict: verdict))
  }

  private func isRefused(_ name: String) -> Bool { findings.contains { $0.name == name && !$0.verdict.isAllowed } }

  // MARK: Namespaces

  private static let users = "namespaces.user"

  private mutating func tryNamespace(_ kind: Namespace, on host: Sandbox.Host) {
    let name = "namespaces.\(kind.rawValue)"
    let title = "\(kind == .ipc ? "an" : "a") \(kind.rawValue) namespace of its own"
    // All others are made in a user namespace, as jails are.
    guard kind == .user || !isRefused(Self.users) else { return note(name, title, .untried(because: Self.users)) }
    let flags = Namespace.user.flag | kind.flag
    let call = kind == .user ? "CLONE_NEWUSER" : "CLONE_NEWUSER | \(kind.flagName)"
    do throws(SystemCallError) {
      try NamespaceAttempt.make(flags, name: call)
      note(name, title, .allowed)
    } catch {
      let facts = HintFacts(of: .cloneJail(flags: flags, uidMap: "", gidMap: "", denySetgroups: false), on: host)
      let advice = Sandbox.advice(facts, call: error.call, errno: error.errno)
      note(
        name, title,
        .refused(
          Sandbox.Error(
            .setup, problems: [Problem(PolicyPath(name), error.description, hint: advice?.text)], call: error.call,
            errno: error.errno.rawValue, cause: advice?.cause)))
    }
  }

  // MARK: Jails

  /// A jail that differs from the smallest one in what is to be tried.
  private struct Jail: Sendable {
    let name, title: String
    var isNeeded = true
    var isFor: @Sendable (Sandbox.Host) -> Bool = { _ in true }
    var hasTerminal = false
    var isPrepared = false
    let change: @Sendable (inout Sandbox) -> Void
  }

  private static let reason = "another part is being tried"

  /// Nothing of its own but what every jail is built on, and a program that ends at once.
  private static let smallest: Sandbox = {
    var sandbox = Sandbox()
    sandbox.filesystem = .empty
    sandbox.filesystem.mounts = [.file(at: "/probe", contents: ProbeProgram.bytes, mode: 0o755)]
    for row in NamespacePolicy.sharings { sandbox.namespaces[keyPath: row.property] = .host(because: reason) }
    sandbox.filter = .off(because: reason)
    for (limit, _) in sandbox.limits.managed { sandbox.limits[limit] = nil }
    return sandbox
  }()

  private static let program = Sandbox.Command("/probe", input: .none, output: .discarded, error: .discarded)
  private static let jail = "filesystem"

  private static let jails: [Jail] = [
    Jail(name: jail, title: "a root and an init of its own") { _ in },
    Jail(name: "filesystem.proc", title: "a fresh /proc") { $0.filesystem.mounts.append(.proc) },
    Jail(name: "filesystem.devices", title: "a minimal /dev, with terminals of its own") {
      $0.filesystem.mounts.append(.devices)
    },
    Jail(name: "filesystem.hostSystem", title: "the host's programs, read-only") {
      $0.filesystem.mounts.insert(.hostSystem, at: 0)
    },
    Jail(
      name: "filesystem.readWrite", title: "writing to the host's files: mounts with mapped ids", isNeeded: false,
      isFor: { $0.isPrivileged && $0.opensTrees }
    ) { $0.filesystem.mounts.append(.bind("/usr", access: .readWrite)) },
    Jail(name: "namespaces.loopback", title: "a private loopback that is up") { $0.namespaces.network = .own },
    Jail(name: "limits", title: "resource limits") { $0.limits = .init() },
    Jail(name: "filter", title: "a system call filter") { $0.filter = .standard },
    Jail(name: "command.terminal", title: "a pseudo-terminal of its own", isNeeded: false, hasTerminal: true) {
      $0.filesystem.mounts.append(.devices)
    },
    Jail(name: "prepare", title: "a launcher that is prepared for many jails", isNeeded: false, isPrepared: true) {
      $0 = withProbe(Sandbox())
    },
    Jail(name: "closed-box", title: "the closed box, all of it together") { $0 = withProbe(Sandbox()) },
  ]

  private static func withProbe(_ sandbox: Sandbox) -> Sandbox {
    var sandbox = sandbox
    sandbox.filesystem.mounts += smallest.filesystem.mounts
    return sandbox
  }

  private mutating func tryJail(_ jail: Jail) async throws(Sandbox.Error) {
    let below = [Self.users, Self.jail].first { isRefused($0) }
    if let below { return note(jail.name, jail.title, isNeeded: jail.isNeeded, .untried(because: below)) }
    var sandbox = Self.smallest
    jail.change(&sandbox)
    sandbox.deadline = .seconds(30)
    var command = Self.program
    if jail.hasTerminal { command.terminal = .init() }
    do {
      let outcome = try await Self.run(command, in: sandbox, isPrepared: jail.isPrepared)
      if outcome.isSuccess { return note(jail.name, jail.title, isNeeded: jail.isNeeded, .allowed) }
      let problem = Problem(PolicyPath(jail.name), "the program that was tried ended otherwise: \(outcome.verdict)")
      note(jail.name, jail.title, isNeeded: jail.isNeeded, .refused(Sandbox.Error(.setup, problems: [problem])))
    } catch  where error.kind == .cancelled {
      throw error
    } catch {
      note(jail.name, jail.title, isNeeded: jail.isNeeded, .refused(error))
    }
  }

  private static func run(
    _ command: Sandbox.Command, in sandbox: Sandbox, isPrepared: Bool
  ) async throws(Sandbox.Error) -> Sandbox.Outcome {
    guard isPrepared else { return try await sandbox.run(command) }
    let prepared = try await sandbox.prepare()
    let outcome = try await prepared.run(command)
    await prepared.end()
    return outcome
  }
}
