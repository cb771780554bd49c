internal import CSyscalls
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A thread of ours in the host's process, on which none of the host's signal handlers runs.
package enum KernelThread {
  /// Starts a thread that ends when `body` returns. It has all signals blocked, so that the host's handlers stay on the
  /// host's threads, and a broken pipe is an error and no signal.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
    let box = Unmanaged.passRetained(Body(run: body))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        // But for the one by which the C library has all threads change their ids, and which `enter()` uses as it does: a
        // thread that blocks it would make either wait for ever.
        var all = UInt64.max & ~(1 << UInt64(EntrySignal.number - 1))
        _ = csys_rt_sigprocmask(CSYS_SIG_SETMASK, &all, nil)  // cannot fail: the arguments are constant
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard result == 0 else {
      box.release()
      throw SystemCallError("pthread_create", errno: .init(rawValue: result))
    }
    pthread_detach(thread)
  }

  /// The calling thread, while it lives; no system call, since the executor asks with every isolated closure.
  package static var current: UInt {
    #if canImport(Glibc)
      UInt(pthread_self())
    #else
      UInt(bitPattern: pthread_self())
    #endif
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
