import Glibc
import Sandbox
import SystemPackage
import Testing

/// A terminal of the caller's, whose keyboard and screen the test is.
final class PseudoTerminal: Sendable {
  let master: CInt
  let path: String

  init() throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (unlocked, number): (CInt, CInt) = (0, -1)
    let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK, TIOCGPTN
    let isMade = master >= 0 && ioctl(master, setLock, &unlocked) == 0 && ioctl(master, getNumber, &number) == 0
    path = "/dev/pts/\(number)"
    guard isMade else { throw Text.Unreadable(errno: errno) }
  }

  deinit { close(master) }

  func side(_ flags: CInt) -> CInt { open(path, flags | O_NOCTTY | O_CLOEXEC) }

  /// What is on its screen within a few seconds, until a text has come.
  func shown(until text: String) -> String {
    var seen = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    for _ in 0..<50 where !seen.contains(text) {
      var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 100) > 0, wait.revents & Int16(POLLIN) != 0 else { continue }
      let n = read(master, &buffer, buffer.count)
      if n > 0 { seen += String(decoding: buffer[..<n], as: UTF8.self) }
    }
    return seen
  }
}

@Suite("The caller's terminal and other devices") struct CallersTerminalTests {
  @Test func `it is relayed: a program cannot open it again for more`() async throws {
    let terminal = try PseudoTerminal()
    let screen = terminal.side(O_WRONLY)
    defer { close(screen) }
    #expect(screen >= 0)
    let program = "import os; print(os.isatty(1), '')"
    _ = try await Sandbox().run(
      .init(
        "/usr/bin/python3", arguments: ["-c", program],
        output: .fileDescriptor(.init(rawValue: screen), reopenableBecause: "the control")))
    #expect(terminal.shown(until: "\n").contains("True"))
    let outcome = try await Sandbox().run(
      .init("/usr/bin/python3", arguments: ["-c", program], output: .fileDescriptor(.init(rawValue: screen))))
    #expect(outcome.isSuccess, "\(outcome.standardError)")
    #expect(terminal.shown(until: "\n").hasPrefix("False "))
    #expect(fcntl(screen, F_GETFL) & O_NONBLOCK == 0)
  }

  @Test func `what is typed on it reaches the program`() async throws {
    let terminal = try PseudoTerminal()
    let keyboard = terminal.side(O_RDWR)
    defer { close(keyboard) }
    let process = try await Sandbox().spawn(
      .init(
        "/bin/bash", arguments: ["-c", "read line; echo \"<$line>\"; cat; [ -t 0 ] || echo relayed"],
        input: .fileDescriptor(.init(rawValue: keyboard))))
    #expect(write(terminal.master, "one\ntwo\n\u{4}", 9) == 9)
    #expect(try await process.wait().standardOutput == "<one>\ntwo\nrelayed\n")
    #expect(fcntl(keyboard, F_GETFL) & O_NONBLOCK == 0)
  }

  @Test func `both outputs on one terminal keep their order`() async throws {
    let terminal = try PseudoTerminal()
    let screen = terminal.side(O_RDWR)
    defer { close(screen) }
    let to = Sandbox.Output.fileDescriptor(.init(rawValue: screen))
    let outcome = try await Sandbox().run(
      .init("/bin/bash", arguments: ["-c", "for i in {1..50}; do echo o$i; echo e$i >&2; done"], output: to, error: to))
    #expect(outcome.isSuccess)
    #expect(terminal.shown(until: "e50\r\n") == (1...50).map { "o\($0)\r\ne\($0)\r\n" }.joined())
  }

  @Test func `one that is stopped stops its own program alone, and not the end of its jail`() async throws {
    let terminal = try PseudoTerminal()
    let screen = terminal.side(O_RDWR)
    defer { close(screen) }
    #expect(tcflow(screen, TCOOFF) == 0)
    let stuck = try await Sandbox().spawn(
      .init("/usr/bin/seq", arguments: ["100000"], output: .fileDescriptor(.init(rawValue: screen))))
    let start = ContinuousClock.now
    #expect(try await Sandbox().run("/bin/true").isSuccess)
    await stuck.kill()
    #expect(start.duration(to: .now) < .seconds(60))
    #expect(tcflow(screen, TCOON) == 0)
  }

  @Test(arguments: ["null", "zero", "full", "random", "urandom"])
  func `a device that is the same for everyone is handed over`(name: String) async throws {
    let device = open("/dev/\(name)", O_RDONLY | O_CLOEXEC)
    defer { close(device) }
    let outcome = try await Sandbox().run(
      .init("/bin/bash", arguments: ["-c", "[ -c /dev/stdin ]"], input: .fileDescriptor(.init(rawValue: device))))
    #expect(outcome.isSuccess)
  }

  @Test(.requires(.root)) func `another device is handed over only as it could be opened again`() async throws {
    // A device of the memory's major number that nobody else opens: /dev/kmsg.
    let reader = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    let both = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC)
    defer { [reader, both].forEach { close($0) } }
    try #require(reader >= 0 && both >= 0)
    let error = await #expect(throws: Sandbox.Error.self) {
      try await Sandbox().run(.init("/bin/true", input: .fileDescriptor(.init(rawValue: reader))))
    }
    #expect(error?.kind == .invalid)
    #expect(error?.description.contains("character device") == true)
    #expect(try await Sandbox().run(.init("/bin/true", input: .fileDescriptor(.init(rawValue: both)))).isSuccess)
  }
}
