internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

/// A process that a launcher clones as this process's own child: how it comes into being, what it says on its control
/// socket, and its end.
///
/// It keeps itself, and whoever listens, alive while a process of it lives, by the watches of their descriptors.
@Reactor final class Offspring {
  /// What its owner hears.
  struct Listener {
    var message: @Reactor (Report.Message, consuming OwnedDescriptor?) throws(SystemCallError) -> Void
    /// It exists from now on.
    var adopted: @Reactor () -> Void
    /// A call failed without which it cannot be watched.
    var failed: @Reactor (SystemCallError) -> Void
    /// Nothing of it is left, and nothing will come.
    var gone: @Reactor () -> Void
  }

  let arena: SharedArena
  private let stepCount: Int
  private var listener: Listener?
  private var control: Watched?
  private var launcher: Watched?
  private var process: Watched?
  /// Whether its launcher has said that it has cloned it, after which it says nothing more.
  private(set) var isAnnounced = false
  /// Whether a launcher has still to clone it, or to say that it will not.
  private var isExpected = true
  /// Whether a launcher of its own is on its way, or lives. Its clone may be heard of before it is itself.
  private var hasLauncher = false
  private var hasEnded = false
  /// What a parked launcher has still to be sent.
  private var handover: Handover?
  /// Called once when such a launcher has cloned it, or will not.
  private var whenAnswered: (@Reactor () -> Void)?
  /// The program's own process, where it does not end with this one: that of a supervisor.
  private var payload: SharedDescriptor?
  private var payloadAlarm: Alarm?
  /// A child that was killed without being watched, and is still to be reaped.
  private var abandoned: CInt?
  private(set) var pid: CInt = 0
  private(set) var launcherExit: ProcessDescriptor.Exit?

  /// A descriptor of ours with the watch of it.
  @Reactor private struct Watched: ~Copyable {
    let descriptor: SharedDescriptor
    let watch: Watch

    init(_ descriptor: SharedDescriptor, handler: @escaping @Reactor () -> Void) throws(SystemCallError) {
      self.watch = try Reactor.watch(descriptor.number, for: .readable) { _ in handler() }
      self.descriptor = descriptor
    }
  }

  init(arena: SharedArena, stepCount: Int) {
    self.arena = arena
    self.stepCount = stepCount
  }

  /// Hears of it until it is gone, or until `nil` listens.
  func listen(_ listener: Listener?) { self.listener = listener }

  /// The pidfd, while it lives.
  var descriptor: CInt? { process?.descriptor.number }

  func report() -> Report? { Report(arena.snapshot(), stepCount: stepCount) }

  /// Its number, which the kernel writes when it is cloned; 0 before.
  private var announcedPID: CInt { arena.int32(at: Report.jailPIDOffset) }

  // MARK: Its birth

  /// Clones a launcher of its own, on the thread for that.
  ///
  /// - Parameters:
  ///   - handed: everything that the launcher gets beside its end of the control socket, in the plan's order.
  ///   - whenHanded: nothing of it is open in this process any more, but for what others hold.
  func launch(handed others: [SharedDescriptor], whenHanded: @escaping @Reactor @Sendable () -> Void) throws(SystemCallError) {
    let image = try JailerMemory.shared()
    let handover = Handover([try openControl()] + others)
    hasLauncher = true
    // Else the watch would keep this object, and its descriptors, for ever.
    var isLaunched = false
    defer { if !isLaunched { dropControl() } }
    try SpawnThread.shared.perform {
      let handed = handover.numbers
      let result: Launched
      do throws(SystemCallError) {
        let process = try ImageProcess(image.image, arguments: ["init"], descriptors: handed)
        result = Launched(pid: process.pid, descriptor: process.takeDescriptor(), error: nil)
      } catch {
        result = Launched(pid: 0, descriptor: nil, error: error)
      }
      // Kept open until here, and no longer: whoever waits for the jail's end finds nothing of it.
      handover.close()
      Reactor.perform {
        whenHanded()
        self.launched(result)
      }
    }
    isLaunched = true
  }

  /// Clones one that will take requests on its control socket; gives this end of it.
  func launchForRequests(handed: [SharedDescriptor]) throws(SystemCallError) -> SharedDescriptor? {
    try launch(handed: handed) {}
    // An opening of its own: a number can be watched once, for what it says or for room.
    guard let number = control?.descriptor.number else { return nil }
    return SharedDescriptor(try OwnedDescriptor(duplicating: number))
  }

  /// Asks a parked launcher for it.
  func request(
    from parked: ParkedLauncher, handed others: [SharedDescriptor], whenHanded: @escaping @Reactor @Sendable () -> Void
  ) throws(SystemCallError) {
    let handover = Handover([try openControl()] + others)
    self.handover = handover
    parked.request(handover) { error in
      self.handover = nil
      handover.close()
      whenHanded()
      guard let error else {
        self.whenAnswered = { parked.noteAnswer() }
        return
      }
      self.isExpected = false
      // A launcher that is gone is told by name, by whoever asks why; and who takes a request back knows it.
      let isKnown = [.brokenPipe, .connectionReset, .canceled].contains(error.errno)
      if !isKnown { self.listener?.failed(error) }
      self.settle()
    }
  }

  /// Takes the request back, if it is still here.
  func withdraw(from parked: ParkedLauncher) {
    if let handover { parked.withdraw(handover) }
  }

  private func openControl() throws(SystemCallError) -> SharedDescriptor {
    let ends = try OwnedDescriptor.messagePair()
    let (ours, theirs) = ends.split { (SharedDescriptor($0), SharedDescriptor($1)) }
    control = try Watched(ours) { self.takeMessages() }
    return theirs
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
    do throws(SystemCallError) {
      if let error = launched.error { throw error }
      launcher = try Watched(launched.descriptor!) { self.launcherEnded() }
    } catch {
      // Nothing runs, or something whose end nobody would notice: with it go what it may have cloned.
      listener?.failed(error)
      guard launched.pid > 0 else {
        isExpected = false
        hasLauncher = false
        return settle()
      }
      abandonLauncher(launched.pid)
    }
  }

  private func abandonLauncher(_ pid: CInt) {
    do throws(SystemCallError) {
      try ProcessDescriptor.kill(child: pid)
      if try ProcessDescriptor.reap(child: pid) {
        hasLauncher = false
        return expectNoMore()
      }
    } catch {
      listener?.failed(error)
    }
    _ = Reactor.after(.milliseconds(10)) { self.abandonLauncher(pid) }
  }

  private func launcherEnded() {
    guard let number = launcher?.descriptor.number else { return }
    do throws(SystemCallError) {
      guard let exit = try ProcessDescriptor.reap(number) else { return }
      launcherExit = exit
    } catch {
      listener?.failed(error)
      launcherExit = .unknown
    }
    launcher?.watch.cancel()
    launcher = nil
    hasLauncher = false
    takeMessages()
    expectNoMore()
  }

  /// Its launcher has done what it will. One that was killed between the clone and its message has left the number in the
  /// report.
  private func expectNoMore() {
    guard isExpected else { return settle() }
    isExpected = false
    adoptUnannounced()
    settle()
  }

  private func adoptUnannounced() {
    let pid = announcedPID
    guard process == nil, abandoned == nil, !hasEnded, pid > 0 else { return }
    // Reaped already, by someone who waits for every child of the host: the number may be a stranger's by now.
    guard ProcessDescriptor.isChild(number: pid) else {
      hasEnded = true
      return
    }
    do throws(SystemCallError) {
      adopt(try OwnedDescriptor.process(pid), pid: pid)
    } catch {
      // No descriptor is left to watch it by.
      listener?.failed(error)
      abandon(pid)
    }
  }

  /// Kills a child that cannot be watched, and reaps it by asking again and again; until then it is not gone.
  private func abandon(_ pid: CInt) {
    abandoned = pid
    do throws(SystemCallError) {
      try ProcessDescriptor.kill(child: pid)
      if try ProcessDescriptor.reap(child: pid) {
        abandoned = nil
        hasEnded = true
        return settle()
      }
    } catch {
      listener?.failed(error)
    }
    _ = Reactor.after(.milliseconds(10)) { self.abandon(pid) }
  }

  // MARK: Its life

  private func takeMessages() {
    while let number = control?.descriptor.number {
      do throws(SystemCallError) {
        guard var message = try Message.receive(from: number) else { return }
        guard !message.bytes.isEmpty else {
          // All that held the other end have let it go.
          dropControl()
          if !hasLauncher { expectNoMore() }
          return
        }
        let descriptor = message.descriptor.take()
        switch Report.Message(message.bytes) {
        case .cloned:
          isAnnounced = true
          // Without it, where no descriptor was left, the number in the report has to do.
          if let descriptor, process == nil, abandoned == nil, !hasEnded { adopt(descriptor, pid: announcedPID) }
          adoptUnannounced()
          isExpected = hasLauncher
        case .failed:
          let errno = Report.Message.errno(message.bytes)
          if errno != 0, report()?.state != .failed {
            listener?.failed(SystemCallError("recvmsg", "a parked launcher's request", errno: .init(rawValue: errno)))
          }
          dropControl()
          if !hasLauncher { expectNoMore() }
        case .payload:
          guard let descriptor else { throw SystemCallError("recvmsg", "SCM_RIGHTS", errno: .tooManyOpenFiles) }
          payload = SharedDescriptor(descriptor)
        case let kind?:
          // A parked launcher may be slower to tell of its clone than that to get here.
          if process == nil { adoptUnannounced() }
          if !hasLauncher { isExpected = false }
          try listener?.message(kind, descriptor)
        case nil: break
        }
      } catch {
        listener?.failed(error)
        dropControl()
        if !hasLauncher { expectNoMore() }
        return
      }
    }
  }

  /// It has nothing more to say.
  func dropControl() {
    control?.watch.cancel()
    control = nil
  }

  private func noteAnswer() {
    let answered = whenAnswered
    whenAnswered = nil
    answered?()
  }

  private func adopt(_ descriptor: consuming OwnedDescriptor, pid: CInt) {
    self.pid = pid
    noteAnswer()
    let descriptor = SharedDescriptor(descriptor)
    do throws(SystemCallError) {
      process = try Watched(descriptor) { self.processEnded() }
      listener?.adopted()
    } catch {
      // Nobody would notice its end.
      listener?.failed(error)
      abandon(pid)
    }
  }

  private func processEnded() {
    guard let number = process?.descriptor.number else { return }
    do throws(SystemCallError) {
      guard try ProcessDescriptor.reap(number) != nil else { return }
    } catch {
      listener?.failed(error)
    }
    hasEnded = true
    process?.watch.cancel()
    process = nil
    takeMessages()
    settle()
  }

  /// When its last message has been taken, too.
  private func settle() {
    guard !isExpected, !hasLauncher, process == nil, abandoned == nil, let listener else { return }
    guard payload == nil else { return endPayload() }
    self.listener = nil
    dropControl()
    noteAnswer()
    listener.gone()
  }

  // MARK: Its end

  /// Kills what a supervisor that was killed has left, and waits for its end. It may be a child of this process by now, which
  /// the kernel gives orphans to as pid 1 of a container, or as a subreaper; and nobody else reaps it then.
  private func endPayload() {
    guard let payload, payloadAlarm == nil else { return }
    do throws(SystemCallError) {
      let isThere = try ProcessDescriptor.send(signal: 9, to: payload.number)
      let exit = isThere ? try ProcessDescriptor.reap(payload.number) : .unknown
      guard try ProcessDescriptor.hasEnded(payload.number) else {
        payloadAlarm = Reactor.after(.milliseconds(10)) {
          self.payloadAlarm = nil
          self.settle()
        }
        return
      }
      // It has ended, but for who traces it.
      if exit == nil { Self.reapLater(payload) }
    } catch {
      listener?.failed(error)
    }
    self.payload = nil
    settle()
  }

  private static func reapLater(_ process: SharedDescriptor) {
    _ = Reactor.after(.milliseconds(100)) {
      do throws(SystemCallError) {
        if try ProcessDescriptor.reap(process.number) == nil { reapLater(process) }
      } catch {
        // It is nobody's whom this process could reap.
      }
    }
  }

  /// Sends a signal; false where there is nothing to send it to.
  func send(signal: CInt) throws(SystemCallError) -> Bool {
    guard let number = process?.descriptor.number else { return false }
    return try ProcessDescriptor.send(signal: signal, to: number)
  }

  /// Tells a jail's init to forward a signal, or by SIGKILL to end everything; false where there is none any more.
  func order(_ signal: CInt) throws(SystemCallError) -> Bool {
    // After its end the arena may be another's.
    guard process != nil else { return false }
    arena.set(bits: 1 << UInt64(signal - 1), at: Report.ordersOffset)
    // Where it shares the host's processes, whoever has its id may have stopped it.
    _ = try send(signal: 18)
    return try send(signal: Report.wakeSignal)
  }

  /// Kills a launcher of its own that has not cloned it yet.
  func killLauncher() throws(SystemCallError) {
    guard let number = launcher?.descriptor.number else { return }
    // Whether it was still there does not matter.
    _ = try ProcessDescriptor.send(signal: 9, to: number)
  }
}
