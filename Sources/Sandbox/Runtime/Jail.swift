internal import SandboxKernel
internal import SandboxPlanning
internal import Synchronization
internal import SystemPackage

/// One jail, from the launcher's start to the last byte of its output: what has been heard of it, and what follows.
///
/// It keeps itself alive while a process of it lives, by the watches of their descriptors.
@Reactor final class Jail {
  /// Why the host ended it; the first reason counts.
  enum EndReason: Sendable {
    case cancelled
    case killed
    case deadline
    case failed(Sandbox.Error)
  }

  let plan: Plan
  let host: Sandbox.Host
  let enforcement: Sandbox.Enforcement
  let wiring: Wiring
  let deadline: Duration?
  let arena: SharedArena

  private var control: Watched?
  private var launcher: Watched?
  private var jail: Watched?
  private(set) var initPID: CInt = 0
  private var launcherExit: ProcessDescriptor.Exit?
  private var jailExit: ProcessDescriptor.Exit?
  private var hasStarted = false
  private(set) var reason: EndReason?
  private var alarms: [Alarm] = []
  private var startWaiters: [CheckedContinuation<Swift.Result<Void, Sandbox.Error>, Never>] = []
  private var endWaiters: [CheckedContinuation<Swift.Result<Sandbox.Outcome, Sandbox.Error>, Never>] = []
  private(set) var result: Swift.Result<Sandbox.Outcome, Sandbox.Error>?
  private var isFinishing = false

  /// A descriptor of ours with the watch of it.
  @Reactor private struct Watched: ~Copyable {
    let descriptor: SharedDescriptor
    let watch: Watch

    init(_ descriptor: SharedDescriptor, handler: @escaping @Reactor () -> Void) throws(SystemCallError) {
      self.watch = try Reactor.watch(descriptor.number, for: .readable) { _ in handler() }
      self.descriptor = descriptor
    }
  }

  init(
    plan: Plan, host: Sandbox.Host, enforcement: Sandbox.Enforcement, deadline: Duration?, arena: SharedArena, wiring: Wiring
  ) {
    self.plan = plan
    self.host = host
    self.enforcement = enforcement
    self.deadline = deadline
    self.arena = arena
    self.wiring = wiring
  }

  // MARK: The launcher

  /// Clones the launcher on the thread for that.
  ///
  /// - Parameter handed: everything that the launcher gets beside its end of the control socket, in the plan's order.
  func launch(control ends: consuming DescriptorPair, handed others: [SharedDescriptor]) throws(SystemCallError) {
    let image = try JailerMemory.shared()
    let theirs = SharedDescriptor(try ends.second.duplicate())
    try ends.first.setNonBlocking()
    control = try Watched(SharedDescriptor(try ends.first.duplicate())) { self.takeMessages() }
    let box = HandedBox([theirs] + others)
    // Else the watch would keep this object, and its descriptors, for ever.
    var isLaunched = false
    defer { if !isLaunched { dropControl() } }
    try SpawnThread.shared.perform {
      let handed = box.take()
      let result: Launched
      do throws(SystemCallError) {
        let process = try ImageProcess(image.image, arguments: ["init"], descriptors: handed)
        result = Launched(pid: process.pid, descriptor: process.takeDescriptor(), error: nil)
      } catch {
        result = Launched(pid: 0, descriptor: nil, error: error)
      }
      // Kept open until here, and no longer: whoever waits for the jail's end finds nothing of it.
      box.close()
      Reactor.perform { self.launched(result) }
    }
    isLaunched = true
  }

  /// Descriptors on their way to the thread that hands them over, and gone from there at once.
  private final class HandedBox: Sendable {
    private let descriptors: Mutex<[SharedDescriptor]>
    init(_ descriptors: [SharedDescriptor]) { self.descriptors = Mutex(descriptors) }
    func take() -> [CInt] { descriptors.withLock { $0.map(\.number) } }
    func close() { descriptors.withLock { $0 = [] } }
  }

  private final class Launched: Sendable {
    let pid: CInt
    let descriptor: SharedDescriptor?
    let error: SystemCallError?
    init(pid: CInt, descriptor: SharedDescriptor?, error: SystemCallError?) {
      self.pid = pid
      self.descriptor = descriptor
      self.error = error
    }
  }

  private func launched(_ launched: Launched) {
    wiring.start()
    do throws(SystemCallError) {
      if let error = launched.error { throw error }
      launcher = try Watched(launched.descriptor!) { self.launcherEnded() }
    } catch {
      // Nothing runs, or something whose end nobody would notice.
      if let descriptor = launched.descriptor { Self.abandon(descriptor) }
      if reason == nil { reason = .failed(Sandbox.Error(error)) }
      finish()
    }
  }

  private func launcherEnded() {
    guard let number = launcher?.descriptor.number else { return }
    do throws(SystemCallError) {
      guard let exit = try ProcessDescriptor.reap(number) else { return }
      launcherExit = exit
    } catch {
      fail(Sandbox.Error(error))
      launcherExit = .unknown
    }
    launcher?.watch.cancel()
    launcher = nil
    takeMessages()
    adoptUnannounced()
    settle()
  }

  /// A launcher that was killed between the jail's birth and its message has left the jail's number in the report.
  private func adoptUnannounced() {
    guard jail == nil, jailExit == nil, let report = report(), report.jailPID > 0 else { return }
    do throws(SystemCallError) {
      adopt(try OwnedDescriptor.process(report.jailPID), pid: report.jailPID)
    } catch {
      // It has been reaped already, by someone who waits for every child of the host.
      jailExit = .unknown
    }
  }

  // MARK: The jail

  private func takeMessages() {
    while let number = control?.descriptor.number {
      do throws(SystemCallError) {
        guard var message = try Message.receive(from: number) else { return }
        if message.bytes.isEmpty {
          dropControl()
          return
        }
        let kind = Report.Message(message.bytes)
        let descriptor = message.descriptor.take()
        switch kind {
        case .cloned:
          guard let descriptor else { throw SystemCallError("recvmsg", "SCM_RIGHTS", errno: .init(rawValue: 24)) }
          adopt(descriptor, pid: report()?.jailPID ?? 0)
        case .terminal:
          guard let descriptor else { throw SystemCallError("recvmsg", "SCM_RIGHTS", errno: .init(rawValue: 24)) }
          try wiring.attachTerminal(descriptor)
        case .started: started()
        case .failed: dropControl()
        case nil: break
        }
      } catch {
        fail(Sandbox.Error(error))
        return dropControl()
      }
    }
  }

  private func dropControl() {
    control?.watch.cancel()
    control = nil
  }

  private func adopt(_ descriptor: consuming OwnedDescriptor, pid: CInt) {
    initPID = pid
    let descriptor = SharedDescriptor(descriptor)
    do throws(SystemCallError) {
      jail = try Watched(descriptor) { self.jailEnded() }
    } catch {
      // Nobody would notice its end.
      Self.abandon(descriptor)
      fail(Sandbox.Error(error))
      jailExit = .unknown
    }
    if reason != nil { killJail() }
  }

  /// Kills a process that cannot be watched, and reaps it by asking again and again.
  private static func abandon(_ descriptor: SharedDescriptor) {
    do throws(SystemCallError) {
      _ = try ProcessDescriptor.send(signal: 9, to: descriptor.number)
      if try ProcessDescriptor.reap(descriptor.number) != nil { return }
      _ = Reactor.after(.milliseconds(10)) { abandon(descriptor) }
    } catch {
      // The caller is told already why the jail could not be watched.
    }
  }

  private func started() {
    hasStarted = true
    dropControl()
    if let deadline { alarms.append(Reactor.after(deadline) { self.end(.deadline) }) }
    settle()
  }

  private func jailEnded() {
    guard let number = jail?.descriptor.number else { return }
    do throws(SystemCallError) {
      guard let exit = try ProcessDescriptor.reap(number) else { return }
      jailExit = exit
    } catch {
      fail(Sandbox.Error(error))
      jailExit = .unknown
    }
    jail?.watch.cancel()
    jail = nil
    takeMessages()
    settle()
  }

  private func settle() {
    if hasStarted, reason == nil { answerStart(.success(())) }
    guard launcherExit != nil, jail == nil else { return }
    finish()
  }

  // MARK: Ending it

  /// Kills everything in the jail; what became of it is told when it is gone.
  func end(_ reason: EndReason) {
    guard self.reason == nil, result == nil, !isFinishing else { return }
    self.reason = reason
    if jail != nil {
      killJail()
    } else if launcher != nil {
      // It is about to clone; only one that hangs is killed, since what it just cloned could not be waited for.
      alarms.append(
        Reactor.after(.seconds(1)) {
          guard let number = self.launcher?.descriptor.number else { return }
          self.signal(number, 9)
        })
    }
  }

  func fail(_ error: Sandbox.Error) { end(.failed(error)) }

  /// The init is asked to kill, count and report; if it does not, the kernel takes the jail with it.
  private func killJail() {
    guard let number = jail?.descriptor.number else { return }
    guard hasStarted else { return signal(number, 9) }
    signal(number, Report.endSignal)
    alarms.append(
      Reactor.after(.seconds(2)) {
        guard let number = self.jail?.descriptor.number else { return }
        self.signal(number, 9)
      })
  }

  private func signal(_ pidfd: CInt, _ number: CInt) {
    do throws(SystemCallError) {
      // Whether it was still there does not matter.
      _ = try ProcessDescriptor.send(signal: number, to: pidfd)
    } catch {
      // Root's own child, or one of this user: the kernel refuses only what a security module forbids.
      if case .failed = reason { return }
      reason = .failed(Sandbox.Error(error))
    }
  }

  /// Sends a signal to the payload, by way of the init. False where it has ended.
  func send(_ signal: Sandbox.Signal) throws(Sandbox.Error) -> Bool {
    guard let number = jail?.descriptor.number else { return false }
    do throws(SystemCallError) {
      return try ProcessDescriptor.send(signal: signal.rawValue, to: number)
    } catch {
      throw Sandbox.Error(error)
    }
  }

  // MARK: What came of it

  /// When the payload's program runs.
  func waitForStart() async -> Swift.Result<Void, Sandbox.Error> {
    if case .failure(let error) = result { return .failure(error) }
    if hasStarted || result != nil { return .success(()) }
    return await withCheckedContinuation { startWaiters.append($0) }
  }

  /// When nothing is left of it.
  func waitForEnd() async -> Swift.Result<Sandbox.Outcome, Sandbox.Error> {
    if let result { return result }
    return await withCheckedContinuation { endWaiters.append($0) }
  }

  private func answerStart(_ answer: Swift.Result<Void, Sandbox.Error>) {
    let waiters = startWaiters
    startWaiters = []
    for waiter in waiters { waiter.resume(returning: answer) }
  }

  func report() -> Report? { Report(arena.snapshot(), stepCount: plan.steps.count) }

  private func finish() {
    guard !isFinishing else { return }
    isFinishing = true
    dropControl()
    for alarm in alarms { alarm.cancel() }
    alarms = []
    wiring.jailEnded(isAbandoned: reason != nil) { self.conclude() }
  }

  private func conclude() {
    let result = Conclusion(jail: self, launcherExit: launcherExit).result
    self.result = result
    switch result {
    case .success: answerStart(.success(()))
    case .failure(let error): answerStart(.failure(error))
    }
    let waiters = endWaiters
    endWaiters = []
    for waiter in waiters { waiter.resume(returning: result) }
  }
}
