import Sandbox
import SandboxKernel
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where the handler writes: the one thing that it does, and the one thing that it may do.
nonisolated(unsafe) private var pipeEnd: CInt = -1

/// Signals that the tool gets go to the payload.
///
/// By a handler that writes the signal's number into a pipe: threads of the Swift runtime have masks of their own, so that
/// a thread which waits for blocked signals would not see those that another thread leaves unblocked.
enum SignalForwarding {
  private static let forwarded: [Int32] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH]

  /// Takes the signals from here on; what comes before the payload runs waits in the pipe, whose other end this gives.
  static func begin() throws(ToolFailure) -> FileDescriptor {
    // Of a pipe that nobody reads any more the payload is told; the tool sees an error.
    signal(SIGPIPE, SIG_IGN)
    do {
      let pipe = try FileDescriptor.pipe()
      pipeEnd = pipe.writeEnd.rawValue
      // They must not block the handler, nor go to anyone.
      for end in [pipe.readEnd, pipe.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(pipeEnd, F_SETFL, O_NONBLOCK)
      for number in forwarded where !isIgnoredHangup(number) {
        signal(number) { number in
          var byte = UInt8(truncatingIfNeeded: number)
          let before = errno
          _ = write(pipeEnd, &byte, 1)  // a full pipe has 65,536 signals before this one
          errno = before
        }
      }
      return pipe.readEnd
    } catch {
      throw ToolFailure("signals cannot be forwarded: \(error)")
    }
  }

  /// `nohup` asks that SIGHUP be ignored, and so it is.
  private static func isIgnoredHangup(_ number: Int32) -> Bool {
    guard number == SIGHUP else { return false }
    var action = sigaction()
    sigaction(SIGHUP, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
  }

  /// Hands them to the payload, on a thread that waits for them.
  static func forward(from pipe: FileDescriptor, to process: Sandbox.Process) throws(ToolFailure) {
    let signals = AsyncStream<Int32>.makeStream()
    do {
      try KernelThread.start {
        var byte: UInt8 = 0
        while read(pipe.rawValue, &byte, 1) == 1 { signals.continuation.yield(Int32(byte)) }
      }
    } catch {
      throw ToolFailure("signals cannot be forwarded: \(error)")
    }
    Task {
      for await signal in signals.stream {
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
