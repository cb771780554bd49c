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
    let directory = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(directory) }
    let endless = AsyncStream<[UInt8]>(unfolding: { [1] })
    let command = Sandbox.Command(
      "/bin/true", input: .sequence(endless), output: .sequence, error: .fileDescriptor(.init(rawValue: directory)))
    let before = Leftovers.names(in: "/proc/self/fd").count
    for _ in 0..<300 {
      let error = await #expect(throws: Sandbox.Error.self) { try await Sandbox().spawn(command) }
      #expect(error?.problems.first?.path.description == "command.error")
    }
    // Other tests open some at the same time; each of these would be four.
    #expect(Leftovers.names(in: "/proc/self/fd").count < before + 200)
  }
}
