internal import CSyscalls

/// A thread that does work which blocks, one piece after the other, so that nothing else has to.
package final class WorkThread: Sendable {
  private struct Shared {
    var work: [@Sendable () -> Void] = []
    var wake: CInt = -1
  }

  private let shared = Locked(Shared())

  /// The thread begins with the first piece of work, and then lives as long as the process.
  package init() {}

  /// Adds a piece of work.
  package func perform(_ work: @escaping @Sendable () -> Void) throws(SystemCallError) {
    let (wake, failure) = shared.withLock { shared -> (CInt, SystemCallError?) in
      do throws(SystemCallError) {
        if shared.wake < 0 {
          let wake = try OwnedDescriptor(created: CInt(try check(csys_eventfd2(0, CSYS_O_CLOEXEC), "eventfd2")))
          let number = wake.number
          try KernelThread.start { self.run(wake: number) }
          shared.wake = wake.release()
        }
        shared.work.append(work)
        return (shared.wake, nil)
      } catch {
        return (-1, error)
      }
    }
    if let failure { throw failure }
    var one: UInt64 = 1
    _ = try check(csys_write(wake, &one, 8), "write", "eventfd")
  }

  private func run(wake: CInt) {
    while true {
      var count: UInt64 = 0
      // Fails only where a signal interrupts it, and there are none here.
      guard csys_read(wake, &count, 8) == 8 else { continue }
      let work = shared.withLock { shared in
        let work = shared.work
        shared.work = []
        return work
      }
      for piece in work { piece() }
    }
  }
}
