internal import CSyscalls
internal import Synchronization

/// The one thread that waits: for descriptors, for times, and for work that others hand to it.
///
/// A global actor whose executor is a thread of our own with an epoll(7): whatever is isolated to it needs no lock, and
/// what waits for the kernel occupies no thread of Swift's cooperative pool. Nothing on it may block.
@globalActor
package actor Reactor {
  package static let shared = Reactor()

  private static let loop = EventLoop()

  package nonisolated var unownedExecutor: UnownedSerialExecutor { Self.loop.asUnownedSerialExecutor() }

  /// Hands work over without waiting for it; work of one thread is done in its order.
  package static func perform(_ work: @escaping @Reactor @Sendable () -> Void) { loop.add(.work(work)) }

  /// Calls `handler` whenever one of `events` holds (level-triggered), until the watch is cancelled.
  ///
  /// - Parameter descriptor: must stay open until then.
  @Reactor package static func watch(
    _ descriptor: CInt, for events: Watch.Events, handler: @escaping @Reactor (Watch.Events) -> Void
  ) throws(SystemCallError) -> Watch {
    try loop.watch(descriptor, for: events, handler: handler)
  }

  /// Calls `handler` once, after `delay`, unless the timer is cancelled before.
  @Reactor package static func after(_ delay: Duration, handler: @escaping @Reactor () -> Void) -> Alarm {
    loop.after(delay, handler: handler)
  }

  /// Begins to run. Everything that needs it calls this before; a second call does nothing.
  package static func start() throws(SystemCallError) { try loop.start() }
}

/// A descriptor that is being waited for.
@Reactor package final class Watch {
  package struct Events: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let readable = Events(rawValue: 0x1)
    package static let writable = Events(rawValue: 0x4)
    package static let failed = Events(rawValue: 0x8)
    package static let hungUp = Events(rawValue: 0x10)
  }

  let descriptor: CInt
  let token: UInt64
  let handler: @Reactor (Events) -> Void
  private(set) var events: Events
  private unowned let loop: EventLoop
  private var isActive = true

  init(_ descriptor: CInt, token: UInt64, events: Events, loop: EventLoop, handler: @escaping @Reactor (Events) -> Void) {
    self.descriptor = descriptor
    self.token = token
    self.events = events
    self.loop = loop
    self.handler = handler
  }

  /// Waits for other events from now on; for none, without forgetting the descriptor.
  package func change(to events: Events) {
    guard isActive, events != self.events else { return }
    self.events = events
    loop.change(self)
  }

  /// Ends the watch; must come before the descriptor is closed.
  package func cancel() {
    guard isActive else { return }
    isActive = false
    loop.forget(self)
  }
}

/// A moment that is being waited for.
@Reactor package final class Alarm {
  let due: ContinuousClock.Instant
  var handler: (@Reactor () -> Void)?

  init(due: ContinuousClock.Instant, handler: @escaping @Reactor () -> Void) {
    self.due = due
    self.handler = handler
  }

  package func cancel() { handler = nil }
}
