import Glibc
import Sandbox
import SystemPackage
import Testing

/// What is wrong is named, with where it stands and what helps; nothing runs.
@Suite("Bad input") struct BadInputTests {
  private func error(_ command: Sandbox.Command, in sandbox: Sandbox = Sandbox()) async -> Sandbox.Error? {
    do {
      _ = try await sandbox.run(command)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("", "the path of the program is empty"), ("a/b", "\"a/b\" is neither absolute nor a name alone"),
    ("/bin/tr\0ue", "the path of the program contains a NUL byte"), ("..", "\"..\" is a directory"),
    ("./a", "\"./a\" is neither absolute nor a name alone"),
  ]) func `a path that is none`(_ path: String, _ message: String) async throws {
    let error = await error(.init(path))
    #expect(error?.kind == .invalid)
    #expect(error?.problems.map(\.path.description) == ["command.executable"])
    #expect(error?.problems.first?.message == message)
  }

  @Test func `a program that is not there`() async throws {
    let error = await error(.init("/no/such/program"))
    #expect(error?.kind == .notFound)
    #expect(
      error?.description.hasPrefix("command: execve(\"/no/such/program\"): ENOENT (no such file or directory)\n  hint: ") == true)
    #expect(error?.call == "execve")
    #expect(error?.errno == 2)
    #expect(await self.error(.init("no-such-program"))?.kind == .notFound)
  }

  @Test func `a program that lies only on the host`() async throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("program", "#!/bin/sh\n", mode: 0o755)
    #expect(try Unjailed.run(path, []).status == 0, "the control: it runs outside")
    #expect(await error(.init(path))?.kind == .notFound)
  }

  @Test func `what is no program`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/x"))
    _ = try directory.file("plain", "#!/bin/sh\n", mode: 0o644)
    _ = try directory.file("text", "just text\n", mode: 0o755)
    _ = try directory.file("orphan", "#!/no/interpreter -x\n", mode: 0o755)
    let foreign: [UInt8] =
      [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0xf3, 0, 1, 0, 0, 0] + Array(repeating: 0, count: 40)
    _ = try directory.file("foreign", String(decoding: foreign.map { $0 < 128 ? $0 : 0x3f }, as: UTF8.self), mode: 0o755)
    for (name, hint) in [
      ("/x", "it is a directory"), ("/x/plain", "it has no permission to be executed"), ("/x/orphan", "\"/no/interpreter\""),
      ("/x/foreign", "another kind of processor"), ("/x/text", "neither a program nor a script"),
    ] {
      let error = await error(.init(name), in: sandbox)
      #expect(error?.kind == .notExecutable, "\(name): \(String(describing: error))")
      #expect(error?.problems.first?.hint?.contains(hint) == true, "\(name): \(String(describing: error))")
    }
  }

  @Test func `NUL bytes`() async throws {
    var command = Sandbox.Command("/bin/true", arguments: ["fine", "n\0ul"])
    command.environment = ["A": "b\0", "=": "x", "": "y"]
    let error = await error(command)
    #expect(
      error?.problems.map(\.path.description) == [
        "command.arguments[1]", "command.environment", "command.environment", "command.environment.A",
      ])
  }

  @Test func `arguments beyond the kernel's limit`() async throws {
    let one = await error(.init("/bin/true", arguments: [String(repeating: "x", count: 200_000)]))
    #expect(one?.errno == 7)
    #expect(one?.problems.first?.hint?.contains("128 KiB") == true)
    let many = await error(.init("/bin/true", arguments: Array(repeating: String(repeating: "x", count: 100_000), count: 100)))
    #expect(many?.errno == 7)
    let fine = try await Sandbox().run(
      "/bin/true", arguments: Array(repeating: String(repeating: "x", count: 100_000), count: 10))
    #expect(fine.isSuccess, "the control: a megabyte is fine")
  }

  @Test func `all problems are told at once, each by its path`() async throws {
    var sandbox = Sandbox()
    sandbox.deadline = .zero
    sandbox.filesystem.mounts += [
      .bind("/no/such/source"), .bind("relative", at: "/a"), .tmpfs(at: "/b", size: .bytes(0)), .bind("/usr", at: "/"),
      .bind("/usr", at: "/a/../b"), .file(at: "", text: ""),
    ]
    sandbox.filesystem.workingDirectory = "here"
    sandbox.credentials.user = 65_534
    sandbox.credentials.umask = 0o7777
    sandbox.capabilities = .keeping([.sysAdmin, .netRaw])
    sandbox.limits.openFiles = .init(soft: 10, hard: 5)
    sandbox.limits.nice = 41
    sandbox.scheduling.nice = 20
    sandbox.scheduling.cpus = []
    sandbox.scheduling.schedulingClass = .fifo(priority: 0)
    sandbox.scheduling.oomScoreAdjustment = 1001
    sandbox.namespaces.hostName = String(repeating: "x", count: 65)
    sandbox.namespaces.network = .host(because: "")
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(
      Set(error?.problems.map(\.path.description) ?? []) == [
        "deadline", "filesystem.mounts[4].source", "filesystem.mounts[5].source", "filesystem.mounts[6].size",
        "filesystem.mounts[7].target", "filesystem.mounts[8].target", "filesystem.mounts[9].target",
        "filesystem.workingDirectory",
        "credentials.user", "credentials.umask", "capabilities", "capabilities.reason", "limits.openFiles", "limits.nice",
        "scheduling.nice", "scheduling.cpus", "scheduling.class",
        "scheduling.oomScoreAdjustment", "namespaces.hostName",
        "namespaces.network",
      ])
    #expect(throws: Never.self) { try Sandbox().validate(for: .spawn) }
  }

  @Test(.requires(.root)) func `a file of the host's that is handed over, and the right to give files capabilities`() async throws
  {
    let directory = try TemporaryDirectory()
    let file = open(try directory.file("program", ""), O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    let sandbox = {
      var sandbox = Sandbox()
      sandbox.capabilities = .keeping([.setfcap])
      return sandbox
    }()
    let opening = Sandbox.Command("/bin/true", input: .fileDescriptor(.init(rawValue: file), reopenableBecause: "a test"))
    let plain = Sandbox.Command("/bin/true")
    let jail = try await sandbox.spawn(.init("/bin/sleep", arguments: ["600"]))
    let prepared = try await sandbox.prepare()
    for (kind, command) in [("opening", opening), ("control", plain)] {
      let attempts: [() async throws -> Sandbox.Outcome] = [
        { try await sandbox.run(command) }, { try await jail.run(command) }, { try await prepared.run(command) },
      ]
      for attempt in attempts {
        do {
          let outcome = try await attempt()
          #expect(kind == "control" && outcome.isSuccess)
        } catch let error as Sandbox.Error {
          #expect(kind == "opening" && error.problems.map(\.path).contains("command.descriptors"), "\(error)")
        }
      }
    }
    await jail.kill()
  }

  @Test(.requires(.root)) func `a writable directory of the host's, and the right to give files capabilities`() throws {
    let directory = try TemporaryDirectory()
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/d", access: .readWrite))
    sandbox.capabilities = .keeping([.setfcap])
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.map(\.path) == ["capabilities"], "\(String(describing: error))")
    sandbox.filesystem.mounts[sandbox.filesystem.mounts.count - 1] = .bind(directory.path, at: "/d")
    try sandbox.validate(for: .spawn)
    sandbox.filesystem.mounts[sandbox.filesystem.mounts.count - 1] = .bind(directory.path, at: "/d", access: .readWrite)
    sandbox.capabilities = .keeping([.chown])
    try sandbox.validate(for: .spawn)
  }

  @Test func `numbers at their ends are problems, or text, and no more`() {
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(-10_000_000_000) - .milliseconds(1)
    sandbox.filesystem.mounts.append(.tmpfs(at: "/m", size: .bytes(.max)))
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.map(\.path).sorted { "\($0)" < "\($1)" } == ["deadline", "filesystem.mounts[4].size"])
  }

  @Test func `two mounts at one place`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [.bind("/usr", at: "/a"), .tmpfs(at: "/a/")]
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(
      error?.problems.map(\.description) == ["filesystem.mounts[5].target: \"/a/\" is the target of filesystem.mounts[4], too"])
  }

  @Test func `a working directory that is not there`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.workingDirectory = "/not/there"
    let error = await error(.init("/bin/true"), in: sandbox)
    #expect(error?.kind == .setup)
    #expect(
      error?.description
        == "filesystem.workingDirectory: chdir(\"/not/there\"): ENOENT (no such file or directory)\n  hint: the working directory does not exist inside: name another as filesystem.workingDirectory, or add it to the mounts"
    )
  }

  @Test func `an optional source that is not there is left out`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind("/no/such/source", at: "/a", ifExists: true))
    #expect(try await Jailed.shell("[ -e /a ] || echo absent", in: sandbox) == "absent\n")
  }

  @Test func `a socket or a fifo as a bind's source`() async throws {
    let directory = try TemporaryDirectory()
    #expect(mkfifo("\(directory.path)/fifo", 0o666) == 0)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind("\(directory.path)/fifo", at: "/fifo"))
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.first?.message.contains("is a fifo") == true)
  }

  @Test func `descriptors that cannot be`() async throws {
    var command = Sandbox.Command("/bin/true")
    command.descriptors = [2: .init(.standardError), 1024: .init(.standardError), 9: .init(.init(rawValue: 700))]
    let error = await error(command)
    #expect(error?.problems.map(\.path.description) == ["command.descriptors[2]", "command.descriptors[1024]"])
    command.descriptors = [9: .init(.init(rawValue: 700))]
    let closed = await self.error(command)
    #expect(closed?.description == "command.descriptors[9]: descriptor 700: EBADF (bad file descriptor)")
  }
}
