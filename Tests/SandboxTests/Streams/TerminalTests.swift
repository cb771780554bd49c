import Glibc
import Sandbox
import SystemPackage
import Testing

@Suite("A terminal of the jail's own") struct TerminalTests {
  private func command(_ script: String, rows: UInt16 = 24, columns: UInt16 = 80) -> Sandbox.Command {
    var command = Sandbox.Command("/bin/bash", arguments: ["-c", script], input: .writer, output: .sequence)
    command.terminal = .init(rows: rows, columns: columns)
    return command
  }

  /// Reads until a text has come.
  private func read(_ iterator: inout Sandbox.OutputSequence.AsyncIterator, until text: String) async throws -> String {
    var seen = ""
    while !seen.contains(text), let chunk = try await iterator.next() { seen += String(decoding: chunk, as: UTF8.self) }
    return seen
  }

  @Test func `the three streams are one terminal, of the given size`() async throws {
    var command = Sandbox.Command(
      "/bin/bash", arguments: ["-c", "tty; [ -t 0 -a -t 1 -a -t 2 ] && stty size; echo $TERM; tty <&2"])
    command.terminal = .init(rows: 33, columns: 101)
    let outcome = try await Sandbox().run(command)
    #expect(outcome.standardOutput == "/dev/pts/0\r\n33 101\r\nxterm-256color\r\n/dev/pts/0\r\n")
    let plain = try await Sandbox().run("/bin/bash", arguments: ["-c", "tty"])
    #expect(plain.standardOutput == "not a tty\n", "the control")
  }

  @Test func `it learns of a new size`() async throws {
    let (seen, _) = try await Sandbox().run(command("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.1; done")) {
      process in
      var iterator = process.standardOutput!.makeAsyncIterator()
      _ = try await read(&iterator, until: "ready")
      try await process.resizeTerminal(rows: 50, columns: 132)
      return try await read(&iterator, until: "132")
    }
    #expect(seen.contains("50 132"))
  }

  @Test func `Ctrl-C interrupts the foreground`() async throws {
    let (_, outcome) = try await Sandbox().run(command("echo ready; exec sleep 600")) { process in
      var iterator = process.standardOutput!.makeAsyncIterator()
      _ = try await read(&iterator, until: "ready")
      try await process.standardInput!.write([3])
      _ = try await process.wait()
    }
    #expect(outcome.terminationStatus == .signaled(.interrupt))
  }

  @Test func `bash has job control`() async throws {
    var command = Sandbox.Command("/bin/bash", arguments: ["--norc", "-i"], input: .writer, output: .sequence)
    command.terminal = .init()
    command.environment["PS1"] = "> "
    let (seen, outcome) = try await Sandbox().run(command) { process in
      var iterator = process.standardOutput!.makeAsyncIterator()
      var seen = try await read(&iterator, until: "> ")
      try await process.standardInput!.write("sleep 600\n")
      seen += try await read(&iterator, until: "sleep 600")
      try await Task.sleep(for: .milliseconds(300))
      try await process.standardInput!.write([26])  // Ctrl-Z
      seen += try await read(&iterator, until: "Stopped")
      try await process.standardInput!.write("bg\njobs\n")
      seen += try await read(&iterator, until: "Running")
      try await process.standardInput!.write("kill %1; exit 7\n")
      while let chunk = try await iterator.next() { seen += String(decoding: chunk, as: UTF8.self) }
      return seen
    }
    #expect(seen.contains("Stopped") && seen.contains("Running"))
    #expect(!seen.contains("no job control"))
    #expect(outcome.terminationStatus == .exited(7))
  }

  @Test func `the end of the input is typed as Ctrl-D`() async throws {
    var command = Sandbox.Command("/bin/cat", input: .string("typed\n"))
    command.terminal = .init()
    let outcome = try await Sandbox().run(command)
    #expect(outcome.isSuccess)
    #expect(outcome.standardOutput == "typed\r\ntyped\r\n", "echoed, and printed")
  }

  @Test func `the end of an input without a last newline is typed twice`() async throws {
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(60)
    var command = Sandbox.Command("/bin/cat", input: .string("no newline"))
    command.terminal = .init()
    let outcome = try await sandbox.run(command)
    #expect(outcome.isSuccess, "\(outcome.verdict)")
    #expect(outcome.standardOutput == "no newlineno newline")
  }

  @Test func `no input is the end of the file at once`() async throws {
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(60)
    var command = Sandbox.Command("/bin/cat")
    command.terminal = .init()
    #expect(try await sandbox.run(command).isSuccess)
  }

  @Test(arguments: ["/dev/null", "/etc/hostname"]) func `input from what cannot be waited for`(path: String) async throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(60)
    for input in [
      Sandbox.Input.fileDescriptor(.init(rawValue: file)), .fileDescriptor(.init(rawValue: file), reopenableBecause: "a test"),
    ] {
      var command = Sandbox.Command("/bin/cat", input: input)
      command.terminal = .init()
      let outcome = try await sandbox.run(command)
      #expect(outcome.isSuccess, "\(outcome.verdict)")
    }
  }

  @Test func `what a pipe of the caller's gives is typed`() async throws {
    let pipe = try Pipe()
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(60)
    var command = Sandbox.Command("/usr/bin/head", arguments: ["-1"], input: .fileDescriptor(.init(rawValue: pipe.reader)))
    command.terminal = .init()
    let process = try await sandbox.spawn(command)
    #expect(write(pipe.writer, "typed\n", 6) == 6)
    #expect(try await process.wait().standardOutput == "typed\r\ntyped\r\n")
  }

  @Test func `output after a moment in which nobody had it open is not lost`() async throws {
    var command = Sandbox.Command(
      "/bin/bash", arguments: ["-c", "exec 0<&- 1>&- 2>&-; sleep 0.5; exec 1>/dev/pts/0; echo later"])
    command.terminal = .init()
    #expect(try await Sandbox().run(command).standardOutput == "later\r\n")
  }

  @Test func `a terminal without devices is an error`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.removeAll { $0 == .devices }
    var command = Sandbox.Command("/bin/true")
    command.terminal = .init()
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.plan(for: command) }
    #expect(error?.problems.map(\.path.description) == ["command.terminal"])
  }
}
