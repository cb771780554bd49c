import Glibc
import Sandbox
import SystemPackage
import Testing

@Suite("Descriptors") struct DescriptorTests {
  /// Without the one that lists them, which is closed again.
  static let list =
    "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd') if os.path.lexists(f'/proc/self/fd/{n}')))"

  @Test func `only the standard streams are open`() async throws {
    // One that is not close-on-exec, as careless hosts have.
    let careless = open("/etc/hostname", O_RDONLY)
    defer { close(careless) }
    #expect(careless >= 0)
    let control = try Unjailed.run("/bin/ls", ["/proc/self/fd"]).output
    #expect(lines(control).contains(String(careless)), "the control: an unjailed program inherits it")
    #expect(try await Jailed.python(Self.list) == "[0, 1, 2]\n")
  }

  @Test func `a declared one arrives under its number, and no other`() async throws {
    var ends: [CInt] = [-1, -1]
    #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
    defer { close(ends[0]) }
    var command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", Self.list + "\nos.write(7, b'through')"])
    command.descriptors[7] = .init(FileDescriptor(rawValue: ends[1]))
    let outcome = try await Sandbox().run(command)
    close(ends[1])
    #expect(outcome.standardOutput == "[0, 1, 2, 7]\n")
    var buffer = [UInt8](repeating: 0, count: 16)
    let n = read(ends[0], &buffer, 16)
    #expect(String(decoding: buffer[..<max(0, n)], as: UTF8.self) == "through")
  }

  @Test func `a stream cannot be opened again for more than it was given for`() async throws {
    let reopen =
      Jailed.attempt + """
        for number, flags in [(0, os.O_RDONLY), (0, os.O_WRONLY), (1, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY), (2, os.O_RDWR)]:
            print(attempt(lambda: os.open(f"/proc/self/fd/{number}", flags)))
        """
    let outcome = try await Sandbox().run("/usr/bin/python3", arguments: ["-c", reopen], input: .string("x"))
    #expect(lines(outcome.standardOutput) == ["ok", "EACCES", "ok", "EACCES", "ok", "EACCES"])
  }

  @Test func `a regular file as a stream is relayed, and stays as it was`() async throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("in", "hello\n", mode: 0o666)
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    let truncate =
      "import os, sys\nprint(sys.stdin.read(), end='')\ntry:\n    os.open('/proc/self/fd/0', os.O_RDWR | os.O_TRUNC)\n    print('open')\nexcept OSError as e:\n    print(e.errno)"
    #expect(
      try Unjailed.run("/usr/bin/python3", ["-c", truncate], input: file).output == "hello\nopen\n",
      "the control: an unjailed program truncates it")
    #expect(try Text.of(path) == "")
    try Text.write("hello\n", to: path)
    lseek(file, 0, SEEK_SET)
    let command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", truncate], input: .fileDescriptor(.init(rawValue: file)))
    #expect(try await Sandbox().run(command).standardOutput == "hello\n13\n")
    #expect(try Text.of(path) == "hello\n")
  }

  @Test func `with a reason it is handed over, and the enforcement says so`() async throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("in", "hello\n", mode: 0o666)
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    let command = Sandbox.Command(
      "/bin/stat", arguments: ["-L", "-c", "%F", "/proc/self/fd/0"],
      input: .fileDescriptor(.init(rawValue: file), reopenableBecause: "the test wants to see it"))
    let outcome = try await Sandbox().run(command)
    #expect(outcome.standardOutput == "regular file\n")
    #expect(outcome.enforcement.openings.map(\.path.description) == ["command.input"])
  }

  @Test func `a directory is an error`() async throws {
    let directory = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(directory) }
    let error = await #expect(throws: Sandbox.Error.self) {
      try await Sandbox().run(.init("/bin/true", input: .fileDescriptor(.init(rawValue: directory))))
    }
    #expect(error?.kind == .invalid)
    #expect(error?.problems.map(\.path.description) == ["command.input"])
  }
}
