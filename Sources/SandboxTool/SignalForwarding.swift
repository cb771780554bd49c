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
  private static let forwarded = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH] + timers

  /// They would kill the tool, and leave the caller's terminal raw.
  private static let timers = [SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO]

  /// Takes the signals from here on; this gives those that come, also before the payload runs.
  ///
  /// By a thread, which begins now: later a payload of the same user may have taken the last one that the user may have.
  private static func begin() throws(ToolFailure) -> AsyncStream<Int32> {
    // Of a pipe that nobody reads any more the payload is told; the tool sees an error.
    signal(SIGPIPE, SIG_IGN)
    do {
      let pipe = try FileDescriptor.pipe()
      pipeEnd = pipe.writeEnd.rawValue
      // They must not block the handler, nor go to anyone.
      for end in [pipe.readEnd, pipe.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(pipeEnd, F_SETFL, O_NONBLOCK)
      for number in forwarded where !isIgnored(number) {
        signal(number) { number in
          var byte = UInt8(truncatingIfNeeded: number)
          let before = errno
          _ = write(pipeEnd, &byte, 1)  // a full pipe has 65,536 signals before this one
          errno = before
        }
      }
      let signals = AsyncStream<Int32>.makeStream()
      try KernelThread.start {
        var byte: UInt8 = 0
        while read(pipe.readEnd.rawValue, &byte, 1) == 1 { signals.continuation.yield(Int32(byte)) }
      }
      return signals.stream
    } catch {
      throw ToolFailure("signals cannot be forwarded: \(error)")
    }
  }

  /// Takes the signals on this thread, and does nothing else: a caller may have blocked them, and all other threads do.
  static func waitForSignals() -> Never {
    var none = sigset_t()
    sigemptyset(&none)
    while true { sigsuspend(&none) }
  }

  /// `nohup` asks that SIGHUP be ignored, a shell without job control that its background jobs ignore SIGINT and SIGQUIT;
  /// and so they are.
  private static func isIgnored(_ number: Int32) -> Bool {
    guard ([SIGHUP, SIGINT, SIGQUIT] + timers).contains(number) else { return false }
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
  }

  /// Starts the program, and hands it what signals come. One that asks to end, and comes while the jail is being made, ends
  /// that instead: it may wait for a file system that does not answer.
  static func spawn(_ command: Sandbox.Command, in sandbox: Sandbox) async throws -> Sandbox.Process {
    let signals = try begin()
    let spawning = Task { try await sandbox.spawn(command) }
    let beginning = Beginning()
    Task {
      var isAsked = false
      for await signal in signals {
        let process = beginning.started.withLock { started -> Sandbox.Process? in
          guard case .notYet(let waiting) = started else { return started.process }
          started = .notYet(waiting: waiting + [signal])
          return nil
        }
        if let process {
          await hand(signal, to: process)
        } else if ending.contains(signal) {
          // Whoever asks twice does not want to wait. The jail, if there is one, ends with this process.
          if isAsked { exit(128 + signal) }
          isAsked = true
          // The program may run already without this process having heard of it: then the signal is the program's.
          Task {
            try await Task.sleep(for: .seconds(1))
            spawning.cancel()
            // Planning looks at the host's files, whose file system may not answer: that heeds no cancellation.
            try await Task.sleep(for: .seconds(4))
            if beginning.started.withLock({ $0.process == nil }) { exit(128 + signal) }
          }
        }
      }
    }
    let process = try await spawning.value
    // Those that came too late to end it are the program's.
    let waiting = beginning.started.withLock { started -> [Int32] in
      guard case .notYet(let waiting) = started else { return [] }
      started = .running(process)
      return waiting
    }
    for signal in waiting { await hand(signal, to: process) }
    return process
  }

  private final class Beginning: Sendable {
    let started = Locked<Started>(.notYet(waiting: []))
  }

  private enum Started: Sendable {
    case notYet(waiting: [Int32])
    case running(Sandbox.Process)

    var process: Sandbox.Process? { if case .running(let process) = self { process } else { nil } }
  }

  private static let ending = Set([SIGINT, SIGTERM, SIGHUP, SIGQUIT] + timers)

  private static func hand(_ signal: Int32, to process: Sandbox.Process) async {
    do {
      if signal == SIGWINCH {
        if let size = CallerTerminal.size { try await process.resizeTerminal(rows: size.rows, columns: size.columns) }
      } else {
        try await process.send(.init(rawValue: signal))
      }
    } catch {
      // Invalid: it has no terminal of its own, or has ended.
      if error.kind != .invalid { complain(error.prefixed) }
    }
  }
}
