internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

/// One jail, from the launcher's start to the last byte of its output: what has been heard of it, and what follows.
@Reactor final class Jail {
  /// Why the host ended it; the first reason counts.
  enum EndReason: Sendable {
    case cancelled
    case killed
    case deadline
    case failed(Sandbox.Error)
  }

  /// Who clones it.
  enum Launcher: Sendable {
    /// A process of its own, for this jail alone.
    case own
    /// A process of its own, for a further program of a jail that lives.
    case joining
    /// One that was prepared for any number of jails.
    case parked(ParkedLauncher)
  }

  let variant: PlanVariant
  let host: Sandbox.Host
  private(set) var enforcement: Sandbox.Enforcement
  let wiring: Wiring
  let deadline: Duration?
  let launcher: Launcher
  /// Whether its programs' filters refuse set-user-ID files: ``Sandbox/guardsHostFiles(for:)``.
  nonisolated let guardsHostFiles: Bool
  /// The jail itself, where this is a further program of it.
  private let surroundings: Jail?
  private let offspring: Offspring
  private var hasStarted = false
  private(set) var reason: EndReason?
  private var alarms: [Alarm] = []
  private var insistence: Alarm?
  private var setUpAlarm: Alarm?
  private var deadlineAlarm: Alarm?
  private var startWaiters: [@Reactor (Swift.Result<Void, Sandbox.Error>) -> Void] = []
  private var endWaiters: [@Reactor (Swift.Result<Sandbox.Outcome, Sandbox.Error>) -> Void] = []
  private(set) var result: Swift.Result<Sandbox.Outcome, Sandbox.Error>?
  /// The same, for other threads.
  private nonisolated let shownResult = Locked<Swift.Result<Sandbox.Outcome, Sandbox.Error>?>(nil)
  private var isFinishing = false
  /// The further programs that run in it.
  private var further: [ObjectIdentifier: Jail] = [:]
  private var waitsForFurther = false
  /// Whether its init is nobody's pid 1: then what it has not ended lives on when it is killed, and it is not soon.
  private let sharesProcesses: Bool

  init(
    variant: PlanVariant, host: Sandbox.Host, enforcement: Sandbox.Enforcement, deadline: Duration?, launcher: Launcher,
    in living: Jail?, arena: SharedArena, wiring: Wiring, guardsHostFiles: Bool
  ) {
    self.surroundings = living
    self.variant = variant
    self.sharesProcesses = variant.original.steps.contains { if case .adoptOrphans = $0.operation { true } else { false } }
    self.host = host
    self.enforcement = enforcement
    self.deadline = deadline
    self.launcher = launcher
    self.wiring = wiring
    self.guardsHostFiles = guardsHostFiles
    self.offspring = Offspring(arena: arena, stepCount: variant.original.steps.count)
  }

  var plan: Plan { variant.plan }

  /// The jail that its program runs in.
  var living: Jail { surroundings ?? self }
  /// The number of its init, as this process sees it.
  var initPID: CInt { offspring.pid }
  var launcherExit: ProcessDescriptor.Exit? { offspring.launcherExit }
  func report() -> Report? { offspring.report() }

  /// What a further program of it opens, its other programs have as well.
  func note(openings: [Sandbox.Enforcement.Note]) { enforcement = enforcement.with(openings: openings) }

  /// A pidfd of its program, by which its namespaces are joined: the init itself is not dumpable, and so an ordinary user's
  /// host has no right to look at it. Nil where it has ended.
  func descriptorOfProgram() throws -> SharedDescriptor? {
    guard hasStarted, !isEnding else { return nil }
    let found: OwnedDescriptor?
    do throws(SystemCallError) {
      found = try OwnedDescriptor.secondProcess(ofInit: initPID, isShared: sharesProcesses)
    } catch {
      guard try offspring.send(signal: 0) else { return nil }
      throw Sandbox.Error.unseen(initPID, error)
    }
    // The number was its init's all the while, if nobody has reaped that: somebody of the host's may who waits for any child.
    guard let found, try offspring.send(signal: 0) else { return nil }
    return SharedDescriptor(found)
  }

  /// Whether it has ended, or is about to.
  private var isEnding: Bool {
    reason != nil || isFinishing || result != nil || offspring.descriptor == nil || report()?.state == .ended
  }

  /// Begins.
  ///
  /// - Parameter handed: what its launcher gets, in the plan's order.
  func launch(handed: [SharedDescriptor]) throws(SystemCallError) {
    offspring.listen(
      .init(
        message: { kind, descriptor throws(SystemCallError) in try self.take(kind, descriptor) },
        adopted: { if self.reason != nil { self.kill() } },
        failed: { self.fail(Sandbox.Error($0)) },
        gone: { self.finish() }))
    do throws(SystemCallError) {
      switch launcher {
      case .own, .joining: try offspring.launch(handed: handed) { self.handedOver() }
      case .parked(let parked): try offspring.request(from: parked, handed: handed) { self.handedOver() }
      }
    } catch {
      offspring.listen(nil)
      offspring.dropControl()
      throw error
    }
    surroundings?.further[ObjectIdentifier(self)] = self
  }

  private func handedOver() {
    wiring.start()
    // A program's file may let its exec wait, and a mount's source the set-up: none of that may take for ever where the
    // program itself may not.
    guard let limit = setUpLimit, !isFinishing else { return }
    setUpAlarm = Reactor.after(limit) { self.fail(Self.setUpTooSlow(limit)) }
  }

  /// A jail that lives could stop a process that joins it, for a moment before its program runs.
  private var setUpLimit: Duration? {
    if case .joining = launcher { return min(deadline ?? .seconds(20), .seconds(20)) + .seconds(10) }
    return deadline.map { $0 + .seconds(10) }
  }

  private func take(_ kind: Report.Message, _ descriptor: consuming OwnedDescriptor?) throws(SystemCallError) {
    switch kind {
    case .terminal:
      guard let descriptor else { throw SystemCallError("recvmsg", "SCM_RIGHTS", errno: .init(rawValue: 24)) }
      try wiring.attachTerminal(descriptor)
    case .started:
      hasStarted = true
      setUpAlarm?.cancel()
      offspring.dropControl()
      if let deadline { deadlineAlarm = Reactor.after(deadline) { self.end(.deadline) } }
      if reason == nil { answerStart(.success(())) }
    case .cloned, .failed, .parked, .payload: break
    }
  }

  private static func setUpTooSlow(_ limit: Duration) -> Sandbox.Error {
    Sandbox.Error(
      .setup,
      problems: [
        Problem(
          "deadline", "the program did not run \(limit.text) after the begin, and was killed",
          hint: "its file may be leased or on a file system that does not answer, or a mount's source may be")
      ])
  }

  // MARK: Ending it

  /// Kills everything in the jail; what became of it is told when it is gone.
  func end(_ reason: EndReason) {
    guard self.reason == nil, result == nil else { return }
    self.reason = reason
    if isFinishing { return abandonSoon() }
    if offspring.descriptor != nil { return kill() }
    switch launcher {
    case .own, .joining:
      // It is about to clone; only one that hangs is killed, since what it just cloned could not be waited for. One that waits
      // for newuidmap(1) hears first that nobody waits for it, and ends that.
      alarms.append(Reactor.after(.seconds(1)) { self.offspring.dropControl() })
      alarms.append(
        Reactor.after(.seconds(2)) { self.attempt { () throws(SystemCallError) in try self.offspring.killLauncher() } })
    case .parked(let parked):
      offspring.withdraw(from: parked)
      if !isFinishing { endIfStuck(parked) }
    }
  }

  /// A parked launcher that has this request is about to clone, or has others before it. Only one that answers nobody any more
  /// is killed, and with it end all requests that it has.
  private func endIfStuck(_ parked: ParkedLauncher) {
    let before = parked.answers
    alarms.append(
      Reactor.after(.seconds(5)) {
        guard self.offspring.descriptor == nil, self.result == nil else { return }
        if parked.answers == before { parked.end() } else { self.endIfStuck(parked) }
      })
  }

  /// The same, unless its program runs already: then who asked for it gets it, and decides.
  func cancelStart() { if !hasStarted { end(.cancelled) } }

  /// The same, unless all that is left to do is to deliver its output.
  func endProgram() { if !isFinishing { end(.killed) } }

  func fail(_ error: Sandbox.Error) { end(.failed(error)) }

  /// The init is asked to kill, count and report; if it does not, the kernel takes the jail with it. With one that is nobody's
  /// pid 1 it takes nothing: that is asked before its program runs, too, and what a supervisor has started is then killed when it
  /// is gone.
  private func kill() {
    guard hasStarted || surroundings != nil || sharesProcesses else { return signal(9) }
    insist()
    alarms.append(Reactor.after(.seconds(sharesProcesses && hasStarted ? 30 : 2)) { self.signal(9) })
  }

  /// Whoever has the id of an init that shares the host's processes may stop it again, as often as it is continued.
  private func insist() {
    attempt { () throws(SystemCallError) in
      guard try self.offspring.order(9), self.sharesProcesses else { return }
      self.insistence = Reactor.after(.milliseconds(10)) { self.insist() }
    }
  }

  private func signal(_ number: CInt) {
    // Whether it was still there does not matter.
    attempt { () throws(SystemCallError) in _ = try self.offspring.send(signal: number) }
  }

  private func attempt(_ body: () throws(SystemCallError) -> Void) {
    do throws(SystemCallError) {
      try body()
    } catch {
      // Root's own child, or one of this user: the kernel refuses only what a security module forbids.
      if case .failed = reason { return }
      reason = .failed(Sandbox.Error(error))
    }
  }

  /// Sends a signal to the payload, by way of the init. False where it has ended.
  func send(_ signal: Sandbox.Signal) throws(Sandbox.Error) -> Bool {
    do throws(SystemCallError) {
      return try offspring.order(signal.rawValue)
    } catch {
      throw Sandbox.Error(error)
    }
  }

  // MARK: What came of it

  /// Calls `body` when the payload's program runs, or never will.
  func whenStarted(_ body: @escaping @Reactor (Swift.Result<Void, Sandbox.Error>) -> Void) {
    if case .failure(let error) = result { return body(.failure(error)) }
    if hasStarted || result != nil { return body(.success(())) }
    startWaiters.append(body)
  }

  /// Calls `body` when nothing is left of it.
  func whenEnded(_ body: @escaping @Reactor (Swift.Result<Sandbox.Outcome, Sandbox.Error>) -> Void) {
    if let result { return body(result) }
    endWaiters.append(body)
  }

  /// What came of it, if nothing is left of it.
  nonisolated var concluded: Swift.Result<Sandbox.Outcome, Sandbox.Error>? { shownResult.withLock { $0 } }

  /// When nothing is left of it. (On the caller's thread, as far as that goes: a way to the reactor and back takes two changes.)
  nonisolated func waitForEnd() async -> Swift.Result<Sandbox.Outcome, Sandbox.Error> {
    if let concluded { return concluded }
    await withCheckedContinuation { continuation in
      Reactor.perform { self.whenEnded { _ in continuation.resume() } }
    }
    return concluded!
  }

  private func answerStart(_ answer: Swift.Result<Void, Sandbox.Error>) {
    let waiters = startWaiters
    startWaiters = []
    for waiter in waiters { waiter(answer) }
  }

  private func finish() {
    guard !isFinishing else { return }
    isFinishing = true
    for alarm in alarms { alarm.cancel() }
    insistence?.cancel()
    setUpAlarm?.cancel()
    alarms = []
    // No kernel takes them along where the processes are the host's.
    if sharesProcesses { for program in further.values { program.end(program.hasStarted ? .killed : .failed(.jailEnded)) } }
    // The deadline holds for the delivery of the output, too.
    wiring.jailEnded { self.conclude() }
    if reason != nil, result == nil { abandonSoon() }
  }

  /// Output that nobody takes is given up, after a moment for those who do.
  private func abandonSoon() { alarms.append(Reactor.after(.milliseconds(250)) { self.wiring.abandon() }) }

  /// Of a further program that did not start because its jail has ended: that may be heard of a moment later.
  private func isEndOfJail(_ patience: Int) -> Bool? {
    guard let surroundings, reason == nil, let report = report(), Conclusion.mayBeEndOfJail(report, in: plan) else {
      return false
    }
    return surroundings.isEnding ? true : patience > 0 ? nil : false
  }

  private func conclude(patience: Int = 10) {
    for alarm in alarms { alarm.cancel() }
    insistence?.cancel()
    alarms = []
    guard let isEndOfJail = isEndOfJail(patience) else {
      _ = Reactor.after(.milliseconds(20)) { self.conclude(patience: patience - 1) }
      return
    }
    waitsForFurther = sharesProcesses && !further.isEmpty
    if waitsForFurther { return }
    deadlineAlarm?.cancel()
    deadlineAlarm = nil
    let result = isEndOfJail ? .failure(.jailEnded) : Conclusion(jail: self).result
    self.result = result
    shownResult.withLock { $0 = result }
    if case .parked(let parked) = launcher { parked.takeBack(offspring.arena, isFree: offspring.isAnnounced) }
    switch result {
    case .success: answerStart(.success(()))
    case .failure(let error): answerStart(.failure(error))
    }
    let waiters = endWaiters
    endWaiters = []
    for waiter in waiters { waiter(result) }
    surroundings?.leave(self)
  }

  private func leave(_ program: Jail) {
    further[ObjectIdentifier(program)] = nil
    if waitsForFurther { conclude() }
  }
}
