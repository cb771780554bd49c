import Glibc
import Sandbox
import SystemPackage
import Testing

@Suite("Streams") struct StreamTests {
  @Test func `input from a string, bytes and nothing`() async throws {
    let sandbox = Sandbox()
    #expect(try await sandbox.run("/bin/cat", input: .string("grüße\n")).standardOutput == "grüße\n")
    #expect(try await sandbox.run("/bin/cat", input: .bytes([0, 255, 10])).standardOutputBytes == [0, 255, 10])
    #expect(try await sandbox.run("/bin/cat").standardOutput == "")
  }

  @Test func `much in both directions at once does not deadlock`() async throws {
    let size = 32 << 20
    let bytes = [UInt8](repeating: 7, count: size)
    let outcome = try await Sandbox().run("/bin/cat", input: .bytes(bytes), output: .bytes(limit: .mebibytes(64)))
    #expect(outcome.standardOutputBytes.count == size)
    #expect(outcome.standardOutputBytes == bytes)
  }

  @Test func `a program that does not read its input ends well`() async throws {
    let outcome = try await Sandbox().run("/bin/true", input: .bytes([UInt8](repeating: 0, count: 8 << 20)))
    #expect(outcome.isSuccess)
  }

  @Test func `a sequence is taken as fast as the program reads`() async throws {
    let taken = Counter()
    let endless = AsyncStream<[UInt8]>(unfolding: {
      await taken.increment()
      return [UInt8](repeating: 65, count: 65536)
    })
    let outcome = try await Sandbox().run(
      .init("/bin/bash", arguments: ["-c", "sleep 0.5; head -c 10"], input: .sequence(endless)))
    #expect(outcome.standardOutput == "AAAAAAAAAA")
    #expect(await taken.value < 64, "and not faster")
  }

  @Test func `a sequence that throws ends the jail, by name`() async throws {
    struct Broken: Error {}
    let broken = AsyncThrowingStream<[UInt8], any Error>(unfolding: { throw Broken() })
    let error = await #expect(throws: Sandbox.Error.self) {
      try await Sandbox().run(.init("/bin/cat", input: .sequence(broken)))
    }
    #expect(error?.kind == .inputFailed)
    #expect(error?.description.contains("Broken") == true)
  }

  @Test func `a program whose output nobody reads waits`() async throws {
    let (written, outcome) = try await Sandbox().run(
      .init(
        "/bin/bash", arguments: ["-c", "for i in {1..200}; do head -c 4096 /dev/zero; echo -n . >&2; done"], output: .sequence,
        error: .sequence)
    ) { process in
      var dots = 0
      var iterator = process.standardError!.makeAsyncIterator()
      let reader = Task {
        while let chunk = try await iterator.next() { dots += chunk.count }
        return dots
      }
      try await Task.sleep(for: .milliseconds(500))
      await process.kill()
      return try await reader.value
    }
    #expect(written < 64, "the pipe holds 16 pages")
    #expect(outcome.verdict == .ended)
  }

  @Test func `a conversation through a writer and a sequence`() async throws {
    let (answers, outcome) = try await Sandbox().run(
      .init(
        "/bin/bash", arguments: ["-c", "while read line; do echo \"<$line>\"; done; echo end"], input: .writer, output: .sequence)
    ) { process in
      var answers: [String] = []
      var iterator = process.standardOutput!.makeAsyncIterator()
      for word in ["one", "two"] {
        try await process.standardInput!.write("\(word)\n")
        answers.append(String(decoding: try await iterator.next() ?? [], as: UTF8.self))
      }
      await process.standardInput!.finish()
      answers.append(String(decoding: try await iterator.next() ?? [], as: UTF8.self))
      _ = try await process.wait()
      return answers
    }
    #expect(answers == ["<one>\n", "<two>\n", "end\n"])
    #expect(outcome.isSuccess)
  }

  @Test func `writing to a program that is gone is an error by name`() async throws {
    let process = try await Sandbox().spawn(.init("/bin/true", input: .writer))
    _ = try await process.wait()
    let error = await #expect(throws: Sandbox.Error.self) { try await process.standardInput!.write("late") }
    #expect(error?.kind == .inputClosed)
  }

  @Test func `both outputs in one stream keep their order`() async throws {
    let outcome = try await Sandbox().run(
      "/bin/bash", arguments: ["-c", "echo 1; echo 2 >&2; echo 3; echo 4 >&2"], error: .combined)
    #expect(outcome.standardOutput == "1\n2\n3\n4\n")
  }

  @Test func `a file of the caller's is written through a relay`() async throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("out", "before\n")
    let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    defer { close(file) }
    let outcome = try await Sandbox().run(
      .init("/bin/bash", arguments: ["-c", "[ -p /dev/stdout ] && seq 100000"], output: .fileDescriptor(.init(rawValue: file))))
    #expect(outcome.isSuccess)
    let text = try Text.of(path)
    #expect(text.hasPrefix("before\n1\n2\n"))
    #expect(text.hasSuffix("\n99999\n100000\n"))
  }

  @Test func `a file that cannot take more ends the jail with the reason`() async throws {
    let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
    defer { close(full) }
    // A character device is handed over: the program sees its errors itself.
    let direct = try await Sandbox().run(.init("/bin/echo", arguments: ["x"], output: .fileDescriptor(.init(rawValue: full))))
    #expect(direct.terminationStatus == .exited(1))
  }

  @Test func `a pipe of the caller's is joined, and its end reaches the program`() async throws {
    var ends: [CInt] = [-1, -1]
    #expect(pipe(&ends) == 0)
    for end in ends { #expect(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
    let flags = fcntl(ends[1], F_GETFL)
    let command = Sandbox.Command("/usr/bin/yes", output: .fileDescriptor(.init(rawValue: ends[1])))
    let process = try await Sandbox().spawn(command)
    close(ends[1])
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var count = 0
    while count < 1 << 20 { count += max(1, read(ends[0], &buffer, buffer.count)) }
    close(ends[0])
    let outcome = try await process.wait()
    #expect(outcome.terminationStatus == .signaled(.brokenPipe))
    #expect(flags & O_NONBLOCK == 0)
  }

  @Test func `one that somebody outside holds on to does not keep the outcome`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let shared = "\(directory.path)/shared"
    mkdir(shared, 0o755)
    let host = try directory.file(
      "host.py",
      """
      import os, socket, time
      s = socket.socket(socket.AF_UNIX); s.bind("\(shared)/socket"); s.listen()
      os.chmod("\(shared)/socket", 0o777)
      held = socket.recv_fds(s.accept()[0], 1, 1)
      open("\(directory.path)/held", "w").close()
      time.sleep(600)
      """)
    let holder = try Victim(["/usr/bin/python3", host])
    for _ in 0..<500 where access("\(shared)/socket", F_OK) != 0 { usleep(10_000) }
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(shared, at: "/shared"))
    let program = """
      import socket
      s = socket.socket(socket.AF_UNIX); s.connect("/shared/socket")
      socket.send_fds(s, [b"x"], [1]); print("mine")
      """
    #expect(try await Jailed.python(program, in: sandbox) == "mine\n")
    for _ in 0..<500 where access("\(directory.path)/held", F_OK) != 0 { usleep(10_000) }
    #expect(access("\(directory.path)/held", F_OK) == 0 && holder.isRunning, "the control: it holds its end")
  }

  @Test func `the caller's descriptors keep their flags`() async throws {
    var ends: [CInt] = [-1, -1]
    #expect(pipe(&ends) == 0)
    for end in ends { #expect(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
    let outcome = try await Sandbox().run(.init("/bin/echo", arguments: ["x"], output: .fileDescriptor(.init(rawValue: ends[1]))))
    #expect(outcome.isSuccess)
    #expect(fcntl(ends[1], F_GETFL) & O_NONBLOCK == 0)
    for end in ends { close(end) }
  }
}

actor Counter {
  var value = 0
  func increment() { value += 1 }
}
