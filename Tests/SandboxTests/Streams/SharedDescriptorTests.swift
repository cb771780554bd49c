import Glibc
import Sandbox
import SystemPackage
import Testing

/// A pipe of the caller's, close-on-exec.
final class Pipe: Sendable {
  let reader: CInt
  let writer: CInt

  init() throws {
    var ends: [CInt] = [-1, -1]
    let result = pipe(&ends)
    (reader, writer) = (ends[0], ends[1])
    guard result == 0 else { throw Text.Unreadable(errno: errno) }
    for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) != 0 { throw Text.Unreadable(errno: errno) }
  }

  deinit {
    close(reader)
    close(writer)
  }
}

@Suite("Descriptors that others use too") struct SharedDescriptorTests {
  /// Runs `body`; where it takes longer than a minute, `rescue` is called so that the test ends.
  private func isQuick(_ body: () async throws -> Void, rescue: @escaping @Sendable () -> Void) async throws -> Bool {
    let watchdog = Task {
      try await Task.sleep(for: .seconds(60))
      rescue()
    }
    let start = ContinuousClock.now
    try await body()
    watchdog.cancel()
    return start.duration(to: .now) < .seconds(60)
  }

  @Test func `two runs read one pipe, and what one does not get stops nobody`() async throws {
    let pipe = try Pipe()
    let command = Sandbox.Command("/usr/bin/head", arguments: ["-c", "1"], input: .fileDescriptor(.init(rawValue: pipe.reader)))
    let one = try await Sandbox().spawn(command)
    let two = try await Sandbox().spawn(command)
    let writer = pipe.writer
    write(writer, "x", 1)
    let isQuick = try await isQuick {
      let outcome = try await Sandbox().run("/bin/true")
      #expect(outcome.isSuccess)
    } rescue: {
      write(writer, "yyyy", 4)
    }
    #expect(isQuick, "the reactor waited in a read")
    write(writer, "z", 1)
    let read = (try await one.wait().standardOutput, try await two.wait().standardOutput)
    #expect(read.0.count + read.1.count == 2)
    #expect(fcntl(pipe.reader, F_GETFL) & O_NONBLOCK == 0, "the caller's descriptor is as it was")
  }

  @Test func `a command that is refused leaves no descriptor`() async throws {
    // A process of its own: other tests open descriptors at the same time.
    await #expect(processExitsWith: .success) {
      let directory = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      let endless = AsyncStream<[UInt8]>(unfolding: { [1] })
      let command = Sandbox.Command(
        "/bin/true", input: .sequence(endless), output: .sequence, error: .fileDescriptor(.init(rawValue: directory)))
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      for _ in 0..<300 {
        do {
          _ = try await Sandbox().spawn(command)
          preconditionFailure("it was refused")
        } catch {
          precondition((error as? Sandbox.Error)?.problems.first?.path.description == "command.error", "\(error)")
        }
      }
      try await Leftovers.expect(before)
    }
  }
}
