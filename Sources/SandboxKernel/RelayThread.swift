internal import CSyscalls

/// A thread for the reads and writes of one descriptor that may block: nobody else waits for what it waits for.
///
/// It ends with its owner, at the latest when a call that nothing can interrupt returns.
package final class RelayThread: Sendable {
  private let core: Core

  /// - Throws: eventfd2(2) or pthread_create(3).
  package init() throws(SystemCallError) {
    let core = Core(
      wake: try OwnedDescriptor(created: CInt(try check(csys_eventfd2(0, CSYS_O_CLOEXEC), "eventfd2"))))
    try KernelThread.start { core.run() }
    self.core = core
  }

  deinit { core.end() }

  /// Adds a piece of work. It is to wait for its descriptor by ``Interruption`` alone.
  package func perform(_ work: @escaping @Sendable (Interruption) -> Void) { core.add(work) }

  /// Interrupts the piece that waits; there is no other after it.
  package func end() { core.end() }

  /// What ends a wait on such a thread before its time.
  package struct Interruption: Sendable {
    fileprivate let core: Core

    /// Waits until a read or a write of a descriptor would not; false where the thread is to end instead.
    package func wait(for descriptor: CInt, toWrite: Bool) throws(SystemCallError) -> Bool {
      try core.wait(for: descriptor, events: toWrite ? 0x4 : 0x1)
    }

    /// Waits a moment; false where the thread is to end instead.
    package func pause(milliseconds: Int64) throws(SystemCallError) -> Bool {
      try core.wait(for: -1, events: 0, milliseconds: milliseconds)
    }
  }

  /// What the thread keeps, though its owner has gone.
  fileprivate final class Core: Sendable {
    private struct State {
      var work: [@Sendable (Interruption) -> Void] = []
      var hasEnded = false
    }

    private let state = Locked(State())
    private let wake: SharedDescriptor

    init(wake: consuming OwnedDescriptor) { self.wake = SharedDescriptor(wake) }

    func add(_ work: @escaping @Sendable (Interruption) -> Void) {
      state.withLock { $0.work.append(work) }
      ring()
    }

    func end() {
      state.withLock { state in
        state.hasEnded = true
        state.work = []
      }
      ring()
    }

    private func ring() {
      var one: UInt64 = 1
      _ = csys_write(wake.number, &one, 8)  // cannot fail: the counter never comes near its limit
    }

    func run() {
      while true {
        var count: UInt64 = 0
        // Fails only where a signal interrupts it, and there are none here.
        guard csys_read(wake.number, &count, 8) == 8 else { continue }
        while true {
          let (work, hasEnded) = state.withLock { state in
            (state.work.isEmpty ? nil : state.work.removeFirst(), state.hasEnded)
          }
          if hasEnded { return }
          guard let work else { break }
          work(Interruption(core: self))
        }
      }
    }

    func wait(for descriptor: CInt, events: Int16, milliseconds: Int64? = nil) throws(SystemCallError) -> Bool {
      while true {
        if state.withLock(\.hasEnded) { return false }
        var waits = [
          csys_pollfd(fd: descriptor, events: events, revents: 0), csys_pollfd(fd: wake.number, events: 1, revents: 0),
        ]
        var timeout = csys_timespec(tv_sec: 0, tv_nsec: (milliseconds ?? 0) * 1_000_000)
        let n = uninterrupted {
          milliseconds == nil ? csys_ppoll(&waits, 2, nil) : csys_ppoll(&waits, 2, &timeout)
        }
        _ = try check(n, "ppoll", "\(descriptor)")
        if waits[0].revents != 0 || n == 0 { return true }
        var count: UInt64 = 0
        // More work, which has its turn, or the end, which is looked for above.
        _ = csys_read(wake.number, &count, 8)
      }
    }
  }
}
