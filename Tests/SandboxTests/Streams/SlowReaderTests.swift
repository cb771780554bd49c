import Glibc
import Sandbox
import SystemPackage
import Testing

/// The caller's descriptors that take nothing: full pipes, stopped terminals.
@Suite("Readers that do not read") struct SlowReaderTests {
  /// A pipe that holds a page (1031 is F_SETPIPE_SZ), and holds it already.
  private func fullPipe() throws -> Pipe {
    let pipe = try Pipe()
    #expect(fcntl(pipe.writer, 1031, 4096) == 4096)
    let page = [UInt8](repeating: 46, count: 4096)
    #expect(write(pipe.writer, page, page.count) == page.count)
    return pipe
  }

  /// Empties a pipe after a minute, so that a test which waits for it ends. (Other tests may keep this one from the processor
  /// for half of that.)
  private func rescue(_ reader: CInt) -> Task<Void, any Error> {
    Task {
      try await Task.sleep(for: .seconds(60))
      var buffer = [UInt8](repeating: 0, count: 65536)
      for _ in 0..<20 {
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
        _ = read(reader, &buffer, buffer.count)
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  @Test func `the deadline holds while output waits for its reader, and what is lost is named`() async throws {
    let pipe = try fullPipe()
    let rescue = rescue(pipe.reader)
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(1)
    let outcome = try await sandbox.run(
      .init("/bin/echo", arguments: ["lost"], output: .fileDescriptor(.init(rawValue: pipe.writer))))
    rescue.cancel()
    #expect(outcome.terminationStatus == .exited(0))
    #expect(outcome.cut == [.standardOutput: 5])
    #expect(outcome.verdict == .outputCut([.standardOutput]))
  }

  @Test func `a kill ends the wait for a reader`() async throws {
    let pipe = try fullPipe()
    let rescue = rescue(pipe.reader)
    let start = ContinuousClock.now
    let process = try await Sandbox().spawn(
      .init("/bin/echo", arguments: ["lost"], output: .fileDescriptor(.init(rawValue: pipe.writer))))
    try await Task.sleep(for: .milliseconds(300))
    await process.kill()
    #expect(start.duration(to: .now) < .seconds(240))
    rescue.cancel()
  }

  @Test func `what is delivered in time is not cut`() async throws {
    let pipe = try fullPipe()
    let process = try await Sandbox().spawn(
      .init("/bin/echo", arguments: ["late"], output: .fileDescriptor(.init(rawValue: pipe.writer))))
    try await Task.sleep(for: .milliseconds(500))
    var buffer = [UInt8](repeating: 0, count: 4096)
    #expect(read(pipe.reader, &buffer, 4096) == 4096)
    let outcome = try await process.wait()
    #expect(outcome.verdict == .finished && outcome.cut == [:])
    #expect(read(pipe.reader, &buffer, 4096) == 5)
  }

  @Test func `one that waits for its reader keeps no other from its file`() async throws {
    let pipe = try fullPipe()
    let rescue = rescue(pipe.reader)
    var command = Sandbox.Command("/usr/bin/seq", arguments: ["5000"], output: .fileDescriptor(.init(rawValue: pipe.writer)))
    command.terminal = .init()
    let stuck = try await Sandbox().spawn(command)
    try await Task.sleep(for: .milliseconds(500))
    let directory = try TemporaryDirectory()
    let file = open("\(directory.path)/out", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    let start = ContinuousClock.now
    let outcome = try await Sandbox().run(.init("/bin/echo", arguments: ["x"], output: .fileDescriptor(.init(rawValue: file))))
    #expect(start.duration(to: .now) < .seconds(240))
    #expect(outcome.isSuccess)
    #expect(try Text.of("\(directory.path)/out") == "x\n")
    await stuck.kill()
    #expect(start.duration(to: .now) < .seconds(240))
    rescue.cancel()
  }

  @Test func `a file has everything that was written before the deadline`() async throws {
    let directory = try TemporaryDirectory()
    #expect(chmod(directory.path, 0o777) == 0)
    let counter = try directory.file("counter", "0", mode: 0o666)
    let file = open("\(directory.path)/out", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    var sandbox = Sandbox()
    sandbox.deadline = .milliseconds(700)
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/d", access: .readWrite))
    let program = """
      import os
      c = os.open("/d/counter", os.O_WRONLY)
      n = 0
      while n < 1 << 30:
          n += os.write(1, b"x" * 65536)
          os.pwrite(c, b"%012d" % n, 0)
      """
    let outcome = try await sandbox.run(
      .init("/usr/bin/python3", arguments: ["-c", program], output: .fileDescriptor(.init(rawValue: file))))
    #expect(outcome.verdict == .timedOut(.wallClock))
    let written = try #require(Int(try Text.of(counter)))
    #expect(written > 0)
    #expect(Int(lseek(file, 0, SEEK_END)) + (outcome.cut[.standardOutput] ?? 0) >= written)
  }

  @Test func `a writer that is cancelled, and a body, end`() async throws {
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(100)
    let command = Sandbox.Command("/bin/sleep", arguments: ["600"], input: .writer)
    let start = ContinuousClock.now
    let running = Task { [sandbox] in
      try await sandbox.run(command) { process in
        try await process.standardInput!.write([UInt8](repeating: 0, count: 1 << 20))
      }
    }
    try await Task.sleep(for: .milliseconds(500))
    running.cancel()
    let error = await #expect(throws: Sandbox.Error.self) { try await running.value }
    #expect(error?.kind == .cancelled || error?.kind == .inputClosed)
    #expect(start.duration(to: .now) < .seconds(240))

    let process = try await sandbox.spawn(command)
    let writing = Task { try await process.standardInput!.write([UInt8](repeating: 0, count: 1 << 20)) }
    try await Task.sleep(for: .milliseconds(300))
    writing.cancel()
    let cancelled = await #expect(throws: Sandbox.Error.self) { try await writing.value }
    #expect(cancelled?.kind == .cancelled)
    await process.kill()
  }

  @Test func `a body that waits for something else is told of the cancellation by its jail's end`() async throws {
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(100)
    let start = ContinuousClock.now
    let running = Task { [sandbox] in
      try await sandbox.run(.init("/bin/sleep", arguments: ["600"], output: .sequence)) { process in
        // A task of its own, which the cancellation does not reach.
        await Task { _ = await process.jailIsGone() }.value
      }
    }
    try await Task.sleep(for: .milliseconds(500))
    running.cancel()
    await #expect(throws: Sandbox.Error.self) { try await running.value }
    #expect(start.duration(to: .now) < .seconds(240))
  }
}

extension Sandbox.Process {
  fileprivate func jailIsGone() async -> Bool { (try? await wait()) == nil }
}
