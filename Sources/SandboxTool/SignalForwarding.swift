import Sandbox
import SandboxKernel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Signals that the tool gets go to the payload. They are taken by a thread that waits for them, never by a handler.
enum SignalForwarding {
  private static let forwarded: [Int32] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

  private static var set: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in forwarded + [SIGWINCH] { sigaddset(&set, signal) }
    return set
  }

  /// Before there is a second thread: all of them then inherit the mask. What comes before the payload runs stays pending.
  static func block() {
    var set = set
    pthread_sigmask(SIG_BLOCK, &set, nil)
    // Of a pipe that nobody reads any more the payload is told; the tool sees an error.
    signal(SIGPIPE, SIG_IGN)
  }

  static func begin(to process: Sandbox.Process) {
    let pump = AsyncStream<Int32>.makeStream()
    do {
      try KernelThread.start {
        var set = set
        while true {
          var signal: Int32 = 0
          if sigwait(&set, &signal) == 0 { pump.continuation.yield(signal) }
        }
      }
    } catch {
      complain("sandbox: signals cannot be forwarded: \(error)")
    }
    Task {
      for await signal in pump.stream {
        do {
          if signal == SIGWINCH {
            if let size = CallerTerminal.size { try await process.resizeTerminal(rows: size.rows, columns: size.columns) }
          } else {
            try await process.send(.init(rawValue: signal))
          }
        } catch let error as Sandbox.Error where error.kind != .invalid {
          complain(error.prefixed)
        } catch {
          // It has no terminal of its own, or has ended.
        }
      }
    }
  }
}
