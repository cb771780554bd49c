internal import CSyscalls
internal import Synchronization

/// The reactor's thread, as an executor.
///
/// What is not behind the mutex is touched by that thread alone; the compiler sees to it, since all of it is isolated to
/// ``Reactor``, but for the two places that enter this isolation from the thread itself.
final class EventLoop: SerialExecutor, @unchecked Sendable {
  enum Item {
    case job(UnownedJob)
    case work(@Reactor @Sendable () -> Void)
  }

  private struct Shared {
    var items: [Item] = []
    var isAwake = false
    var isStarted = false
    /// epoll and eventfd; they live as long as the process.
    var epoll: CInt = -1
    var wake: CInt = -1
  }

  private let shared = Locked(Shared())
  private let thread = Atomic<UInt>(0)
  @Reactor private var watches: [UInt64: Watch] = [:]
  @Reactor private var alarms: [Alarm] = []
  @Reactor private var mostAlarms = 64
  @Reactor private var lastToken: UInt64 = 0

  private static let wakeToken: UInt64 = 0
  private static let (add, delete, modify): (CInt, CInt, CInt) = (1, 2, 3)

  // MARK: Entering

  func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

  func add(_ item: Item) {
    let wake = shared.withLock { shared -> CInt? in
      shared.items.append(item)
      if shared.isAwake || !shared.isStarted { return nil }
      shared.isAwake = true
      return shared.wake
    }
    guard let wake else { return }
    var one: UInt64 = 1
    // The counter cannot overflow: it is written once a wake-up.
    _ = csys_write(wake, &one, 8)
  }

  func checkIsolated() {
    precondition(thread.load(ordering: .relaxed) == KernelThread.current, "not on the reactor's thread")
  }

  func start() throws(SystemCallError) {
    let failure = shared.withLock { shared -> SystemCallError? in
      if shared.isStarted { return nil }
      do throws(SystemCallError) {
        if shared.epoll < 0 {
          shared.epoll = try OwnedDescriptor(created: CInt(try check(csys_epoll_create1(CSYS_O_CLOEXEC), "epoll_create1")))
            .release()
        }
        if shared.wake < 0 {
          let flags = CSYS_O_CLOEXEC | CSYS_O_NONBLOCK
          shared.wake = try OwnedDescriptor(created: CInt(try check(csys_eventfd2(0, flags), "eventfd2"))).release()
          try Self.control(shared.epoll, Self.add, shared.wake, events: .readable, token: Self.wakeToken)
        }
        let (epoll, wake) = (shared.epoll, shared.wake)
        try KernelThread.start { self.run(epoll: epoll, wake: wake) }
        shared.isStarted = true
        // So that the thread looks at once for what was added before.
        shared.isAwake = true
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  // MARK: The thread

  private func run(epoll: CInt, wake: CInt) {
    thread.store(KernelThread.current, ordering: .relaxed)
    var events = [csys_epoll_event](repeating: csys_epoll_event(), count: 64)
    var wait: CInt = 0
    while true {
      let count = csys_epoll_wait(epoll, &events, CInt(events.count), wait)
      wait = isolated { loop in
        for event in events.prefix(max(0, count)) {
          if event.token == Self.wakeToken {
            var counter: UInt64 = 0
            _ = csys_read(wake, &counter, 8)  // it only resets the counter
          } else if let watch = loop.watches[event.token] {
            watch.handler(Watch.Events(rawValue: event.events))
          }
        }
        let isIdle = loop.runQueued()
        let next = loop.runAlarms()
        return isIdle ? next : 0
      }
    }
  }

  /// Runs what was added until now, and no more, so that work which adds work cannot starve the descriptors. Gives whether
  /// nothing is left, in which case whoever adds something must wake this thread.
  private func runQueued() -> Bool {
    let items = shared.withLock { shared in
      let items = shared.items
      shared.items = []
      shared.isAwake = !items.isEmpty
      return items
    }
    for item in items {
      switch item {
      case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
      case .work(let work): isolated { _ in work() }
      }
    }
    return items.isEmpty
  }

  /// Runs what is due; gives the milliseconds until the next, -1 where there is none.
  @Reactor private func runAlarms() -> CInt {
    while let first = alarms.first, first.handler == nil || first.due <= .now {
      alarms.removeFirst()
      first.handler?()
    }
    guard let first = alarms.first else { return -1 }
    let left = ContinuousClock.now.duration(to: first.due).components
    // Rounded up, or it would spin through the last millisecond.
    let milliseconds = min(left.seconds, 86_400) * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
    return CInt(clamping: max(0, milliseconds))
  }

  /// Enters the isolation that this thread is.
  private func isolated<Result>(_ body: @Reactor (EventLoop) -> Result) -> Result {
    withoutActuallyEscaping(body) { body in
      unsafeBitCast(body, to: ((EventLoop) -> Result).self)(self)
    }
  }

  // MARK: Waiting

  @Reactor func watch(_ descriptor: CInt, for events: Watch.Events, handler: @escaping @Reactor (Watch.Events) -> Void)
    throws(SystemCallError) -> Watch
  {
    lastToken += 1
    let watch = Watch(descriptor, token: lastToken, events: events, loop: self, handler: handler)
    try Self.control(shared.withLock(\.epoll), Self.add, descriptor, events: events, token: lastToken)
    watches[lastToken] = watch
    return watch
  }

  @Reactor func change(_ watch: Watch) {
    control(Self.modify, watch)
  }

  @Reactor func forget(_ watch: Watch) {
    watches[watch.token] = nil
    control(Self.delete, watch)
  }

  @Reactor private func control(_ operation: CInt, _ watch: Watch) {
    do throws(SystemCallError) {
      try Self.control(shared.withLock(\.epoll), operation, watch.descriptor, events: watch.events, token: watch.token)
    } catch {
      // Only a descriptor that was closed behind our back gives this; going on would wait for ever.
      fatalError("a descriptor that was being waited for is gone: \(error)")
    }
  }

  @Reactor func after(_ delay: Duration, handler: @escaping @Reactor () -> Void) -> Alarm {
    // A century is for ever, and can be added to any moment.
    let alarm = Alarm(due: .now + min(delay, .seconds(3_155_760_000)), handler: handler)
    // Most alarms are cancelled long before they are due: no more of them are kept than there are others.
    if alarms.count >= mostAlarms {
      alarms.removeAll { $0.handler == nil }
      mostAlarms = max(64, alarms.count * 2)
    }
    let place = alarms.firstIndex { $0.due > alarm.due } ?? alarms.endIndex
    alarms.insert(alarm, at: place)
    return alarm
  }

  private static func control(_ epoll: CInt, _ operation: CInt, _ descriptor: CInt, events: Watch.Events, token: UInt64)
    throws(SystemCallError)
  {
    var event = csys_epoll_event()
    event.events = events.rawValue
    event.token = token
    _ = try check(csys_epoll_ctl(epoll, operation, descriptor, &event), "epoll_ctl", "\(operation), \(descriptor)")
  }
}
