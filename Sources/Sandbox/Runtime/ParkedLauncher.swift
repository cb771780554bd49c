internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

/// The launcher of a prepared sandbox: a process that has done what its jails share, and clones one whenever it is asked.
@Reactor final class ParkedLauncher {
  private struct Request {
    let handover: Handover
    let whenSent: @Reactor (SystemCallError?) -> Void
  }

  nonisolated let plan: Plan
  private let host: Sandbox.Host
  private let offspring: Offspring
  /// Where it is asked.
  private var requests: SharedDescriptor?
  private var room: Watch?
  private var pending: [Request] = []
  private var isParked = false
  private var isReleased = false
  private var isGone = false
  private var stuckAlarm: Alarm?
  private var failure: Sandbox.Error?
  private var parkWaiters: [CheckedContinuation<Void, Never>] = []
  private var endWaiters: [CheckedContinuation<Void, Never>] = []

  init(plan: Plan, host: Sandbox.Host, arena: SharedArena) {
    self.plan = plan
    self.host = host
    self.offspring = Offspring(arena: arena, stepCount: plan.steps.count)
  }

  /// Its number, as this process sees it.
  var pid: CInt { offspring.pid }

  /// Why it is no longer to be had; nil while it is.
  var loss: Sandbox.Error? { isGone || isReleased ? failure ?? Self.ended : nil }

  nonisolated static let ended = Sandbox.Error(
    .ended, problems: [Problem("", "the prepared sandbox has ended", hint: "prepare() makes another")])

  static let killed = Sandbox.Error(
    .ended,
    problems: [
      Problem(
        "", "the launcher of the prepared sandbox was killed",
        hint: "the kernel's out-of-memory killer, or another process, did it; prepare() makes another")
    ])

  func launch(handed: [SharedDescriptor]) throws(SystemCallError) {
    offspring.listen(
      .init(
        message: { kind, _ in if kind == .parked { self.parked() } },
        adopted: { if self.isReleased { self.kill() } },
        failed: { error in
          self.fail(Sandbox.Error(error))
          self.end()
        },
        gone: { self.gone() }))
    do throws(SystemCallError) {
      requests = try offspring.launchForRequests(handed: handed)
    } catch {
      offspring.listen(nil)
      offspring.dropControl()
      throw error
    }
  }

  private func parked() {
    isParked = true
    answer(&parkWaiters)
  }

  private func fail(_ error: Sandbox.Error) { if failure == nil { failure = error } }

  private func answer(_ waiters: inout [CheckedContinuation<Void, Never>]) {
    let answered = waiters
    waiters = []
    for waiter in answered { waiter.resume() }
  }

  /// When it can be asked, or never will.
  func waitUntilParked() async -> Swift.Result<Void, Sandbox.Error> {
    if !isParked, !isGone { await withCheckedContinuation { parkWaiters.append($0) } }
    return loss.map { .failure($0) } ?? .success(())
  }

  // MARK: Arenas

  private var spares: [SharedArena] = []
  private var reusable = 0
  /// The memfd of such an arena stays open, and a live jail is to cost one descriptor.
  private static let mostReusable = 4

  /// Memory for a plan and its report: that of a jail that is gone, where there is such.
  func arena(for plan: EncodedPlan) throws(SystemCallError) -> (SharedArena, SharedDescriptor) {
    if let spare = spares.popLast() {
      if let memory = try spare.reuse(contents: plan.bytes, sharedAt: plan.reportOffset, size: plan.reportSize) {
        return (spare, memory)
      }
      reusable -= 1
    }
    let isReusable = reusable < Self.mostReusable
    let made = try SharedArena.make(
      contents: plan.bytes, sharedAt: plan.reportOffset, size: plan.reportSize, isReusable: isReusable)
    if isReusable { reusable += 1 }
    return made
  }

  /// - Parameter isFree: the jail is gone, and this launcher has said its last about it.
  func takeBack(_ arena: SharedArena, isFree: Bool) {
    guard arena.isReusable else { return }
    if isFree, !isReleased, !isGone { spares.append(arena) } else { reusable -= 1 }
  }

  // MARK: Requests

  /// Asks for a jail, in turn.
  ///
  /// - Parameters:
  ///   - handover: the jail's control socket, its arena, and what its plan is passed.
  ///   - whenSent: called once, with what failed.
  func request(_ handover: Handover, whenSent: @escaping @Reactor (SystemCallError?) -> Void) {
    pending.append(Request(handover: handover, whenSent: whenSent))
    if room == nil { sendPending() }
  }

  /// Takes a request back that has not been sent; its `whenSent` is called with what says so.
  func withdraw(_ handover: Handover) {
    guard let index = pending.firstIndex(where: { $0.handover === handover }) else { return }
    pending.remove(at: index).whenSent(SystemCallError("sendmsg", "", errno: .canceled))
  }

  /// How many requests it has answered, by a jail or by saying why there is none: one that does not move is stuck.
  private(set) var answers = 0
  private var sent = 0

  func noteAnswer() {
    answers += 1
    if room == nil { sendPending() }
  }

  /// As many as may be on their way at once: their descriptors count against this user's limit while they are (ETOOMANYREFS).
  private static let mostUnanswered = 32

  private func sendPending() {
    while sent - answers < Self.mostUnanswered, let request = pending.first {
      guard let requests, loss == nil else { return dropPending(SystemCallError("sendmsg", "", errno: .brokenPipe)) }
      let numbers = request.handover.numbers
      do throws(SystemCallError) {
        guard try Message.send(Report.request(descriptors: numbers.count), descriptors: numbers, to: requests.number) else {
          return try waitForRoom(of: requests)
        }
        pending.removeFirst()
        sent += 1
        request.whenSent(nil)
      } catch {
        pending.removeFirst()
        request.whenSent(error)
      }
    }
    room?.cancel()
    room = nil
  }

  private func waitForRoom(of requests: SharedDescriptor) throws(SystemCallError) {
    if room == nil { room = try Reactor.watch(requests.number, for: .writable) { _ in self.sendPending() } }
  }

  private func dropPending(_ error: SystemCallError) {
    let dropped = pending
    pending = []
    for request in dropped { request.whenSent(error) }
    room?.cancel()
    room = nil
  }

  // MARK: Its end

  /// Lets it go: it ends by itself when it has answered what it was asked; its jails live on.
  func release() {
    guard !isReleased else { return }
    isReleased = true
    spares = []
    dropPending(SystemCallError("sendmsg", "", errno: .brokenPipe))
    requests = nil
    offspring.dropControl()
    if offspring.descriptor != nil, !isParked { kill() }
    endIfStuck()
  }

  /// One that was stopped, or hangs, does not end by itself.
  private func endIfStuck() {
    let before = answers
    stuckAlarm = Reactor.after(.seconds(2)) {
      if self.answers == before { self.kill() } else { self.endIfStuck() }
    }
  }

  /// Kills it.
  func end() {
    release()
    kill()
  }

  private func kill() {
    do throws(SystemCallError) {
      guard try !offspring.send(signal: 9) else { return }
    } catch {
      return fail(Sandbox.Error(error))
    }
    // Its own launcher hears that it has been let go, and ends the newuidmap(1) that it may be waiting for.
    _ = Reactor.after(.seconds(1)) {
      do throws(SystemCallError) { try self.offspring.killLauncher() } catch { self.fail(Sandbox.Error(error)) }
    }
  }

  private func gone() {
    isGone = true
    stuckAlarm?.cancel()
    spares = []
    if !isReleased { fail(reported()) }
    dropPending(SystemCallError("sendmsg", "", errno: .brokenPipe))
    requests = nil
    answer(&parkWaiters)
    answer(&endWaiters)
  }

  /// What its report says of an end that nobody asked for.
  private func reported() -> Sandbox.Error {
    guard let report = offspring.report() else {
      return Sandbox.Error(.setup, problems: [Problem("", "the launcher's report cannot be read")])
    }
    switch report.state {
    case .failed: return Sandbox.error(report, in: plan, on: host)
    case .parked: return Self.killed
    default: return Sandbox.unfinished(report, plan: plan, launcherExit: offspring.launcherExit)
    }
  }

  /// When nothing of it is left.
  func waitUntilGone() async {
    if !isGone { await withCheckedContinuation { endWaiters.append($0) } }
  }
}
