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

  // MARK: Sockets

  private static func pair(_ type: __socket_type = SOCK_STREAM) throws -> (own: CInt, given: CInt) {
    var ends: [CInt] = [-1, -1]
    guard socketpair(AF_UNIX, CInt(type.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw Text.Unreadable(errno: errno)
    }
    return (ends[0], ends[1])
  }

  private static let change = """
    import fcntl, os, socket
    for number in 0, 1, 2:
        fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | os.O_NONBLOCK)
        try: socket.socket(fileno=os.dup(number)).shutdown(socket.SHUT_RDWR)
        except OSError: pass
    """

  @Test func `a socket as a stream stays as it was, whatever the program does with its own`() async throws {
    let (own, given) = try Self.pair()
    defer { close(own); close(given) }
    func command(_ program: String, because reason: String? = nil) -> Sandbox.Command {
      let descriptor = FileDescriptor(rawValue: given)
      let output: Sandbox.Output =
        reason.map { .fileDescriptor(descriptor, reopenableBecause: $0) } ?? .fileDescriptor(descriptor)
      return .init(
        "/usr/bin/python3", arguments: ["-c", program],
        input: reason.map { .fileDescriptor(descriptor, reopenableBecause: $0) } ?? .fileDescriptor(descriptor),
        output: output, error: output)
    }
    #expect(try await Sandbox().run(command(Self.change)).isSuccess)
    #expect(fcntl(given, F_GETFL) & O_NONBLOCK == 0)
    #expect(write(own, "in", 2) == 2 && write(given, "x", 1) == 1, "and nobody has ended it")
    _ = try await Sandbox().run(command(Self.change, because: "the control"))
    #expect(fcntl(given, F_GETFL) & O_NONBLOCK != 0, "the control: handed over, it is changed")
    #expect(Glibc.send(own, "in", 2, CInt(MSG_NOSIGNAL)) < 0 && errno == EPIPE)
  }

  @Test func `both directions are relayed, and the end of one`() async throws {
    let (own, given) = try Self.pair()
    defer { close(own) }
    let descriptor = FileDescriptor(rawValue: given)
    let program =
      "import os; n = len(open(0).read()); os.write(2, b'a'); os.write(1, b'%d' % n); os.write(2, b'z')"
    let process = try await Sandbox().spawn(
      .init(
        "/usr/bin/python3", arguments: ["-c", program], input: .fileDescriptor(descriptor), output: .fileDescriptor(descriptor),
        error: .fileDescriptor(descriptor)))
    close(given)
    let bytes = [UInt8](repeating: 65, count: 300_000)
    var left = bytes[...]
    while !left.isEmpty {
      let n = left.withUnsafeBytes { Glibc.send(own, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
      try #require(n > 0)
      left = left.dropFirst(n)
    }
    #expect(shutdown(own, CInt(SHUT_WR)) == 0)
    #expect(try await process.wait().isSuccess)
    var answer = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let n = read(own, &buffer, buffer.count), n > 0 { answer += String(decoding: buffer[..<n], as: UTF8.self) }
    #expect(answer == "a300000z", "in the order of the writes, and then its end")
  }

  @Test func `one of messages, and one that listens, is an error`() async throws {
    for type in [SOCK_DGRAM, SOCK_SEQPACKET] {
      let (own, given) = try Self.pair(type)
      defer { close(own); close(given) }
      let error = await #expect(throws: Sandbox.Error.self) {
        try await Sandbox().run(.init("/bin/true", input: .fileDescriptor(.init(rawValue: given))))
      }
      #expect(error?.kind == .invalid && error?.problems.map(\.path.description) == ["command.input"])
      let reason = Sandbox.Input.fileDescriptor(.init(rawValue: given), reopenableBecause: "the control")
      #expect(try await Sandbox().run(.init("/bin/true", input: reason)).isSuccess)
    }
    let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // Of the family alone: the kernel gives it an abstract name.
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sa_family_t>.size)) }
    }
    #expect(bound == 0 && listen(listener, 1) == 0)
    let error = await #expect(throws: Sandbox.Error.self) {
      try await Sandbox().run(.init("/bin/true", output: .fileDescriptor(.init(rawValue: listener))))
    }
    #expect(error?.problems.map(\.path.description) == ["command.output"])
  }

  @Test func `as a further descriptor it is handed over, and the enforcement says so`() async throws {
    let (own, given) = try Self.pair()
    defer { close(own); close(given) }
    var command = Sandbox.Command("/bin/bash", arguments: ["-c", "echo through >&5"])
    #expect(try await Sandbox().run(command).enforcement.openings.isEmpty, "the control")
    command.descriptors[5] = .init(FileDescriptor(rawValue: given))
    let outcome = try await Sandbox().run(command)
    #expect(outcome.enforcement.openings.map(\.path.description) == ["command.descriptors[5]"])
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(read(own, &buffer, 16) == 8)
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
