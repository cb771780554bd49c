import Glibc
import Sandbox
import Testing

/// A directory of the host's as root.
@Suite("A given root") struct RootDirectoryTests {
  /// With the host's programs bound into it, and places for what a jail has of its own.
  private static func tree() throws -> TemporaryDirectory {
    let tree = try TemporaryDirectory()
    chmod(tree.path, 0o755)
    for name in ["proc", "dev", "tmp", "usr", "bin", "lib", "lib64", "data", "etc"] { mkdir("\(tree.path)/\(name)", 0o755) }
    _ = try tree.file("etc/hello", "hello\n")
    return tree
  }

  private static func sandbox(_ tree: TemporaryDirectory, access: BindAccess) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.filesystem = .directory(tree.path, access: access)
    sandbox.filesystem.mounts += ["/usr", "/bin", "/lib", "/lib64"].map { .bind($0, ifExists: true) }
    return sandbox
  }

  @Test(.requires(.idmappedMounts), arguments: ["dev", "proc", "tmp"], BindAccess.allCases)
  func `a place that is the root itself is an error, and nothing is made`(_ name: String, _ access: BindAccess) async throws {
    let tree = try Self.tree()
    #expect(rmdir("\(tree.path)/\(name)") == 0 && symlink("/", "\(tree.path)/\(name)") == 0)
    let before = Leftovers.names(in: tree.path).sorted()
    let sandbox = Self.sandbox(tree, access: access)
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(error?.errno == ELOOP && error?.call == "openat2", "\(String(describing: error))")
    #expect(error?.description.contains("or to the root itself") == true)
    #expect(Leftovers.names(in: tree.path).sorted() == before)
    #expect(unlink("\(tree.path)/\(name)") == 0 && mkdir("\(tree.path)/\(name)", 0o755) == 0)
    #expect(try await sandbox.run("/bin/true").isSuccess, "the control: with a directory it runs")
  }

  @Test(arguments: [Mount.masked("/self"), .readOnly("/self")])
  func `nor is the root covered through a link`(_ mount: Mount) async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [.symlink(at: "/self", to: "."), mount]
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(error?.errno == ELOOP, "\(String(describing: error))")
  }

  private static let script = """
    ls / | tr '\\n' ' '; cat /etc/hello; ls /proc/self >/dev/null && echo proc; echo x > /dev/null && echo null
    for place in /data /tmp /dev /dev/shm; do touch $place/new 2>/dev/null && echo made || echo refused; done; ls /..
    """

  @Test(arguments: RootChange.allCases) func `one that cannot be written`(_ change: RootChange) async throws {
    let tree = try Self.tree()
    var sandbox = Self.sandbox(tree, access: .readOnly)
    sandbox.filesystem.rootChange = change
    let names = "bin data dev etc lib lib64 proc tmp usr"
    let expected =
      "\(names) hello\nproc\nnull\nrefused\nmade\nrefused\nmade\n" + names.replacing(" ", with: "\n") + "\n"
    #expect(try await Jailed.shell(Self.script, in: sandbox) == expected)
    let prepared = try await sandbox.prepare()
    for _ in 0..<2 {
      #expect(try await prepared.run("/bin/bash", arguments: ["-c", Self.script]).standardOutput == expected)
    }
    #expect(Leftovers.names(in: "\(tree.path)/data").isEmpty && Leftovers.names(in: "\(tree.path)/dev").isEmpty)
  }

  @Test(.requires(.idmappedMounts), arguments: RootChange.allCases)
  func `one that can be written, through to the host`(_ change: RootChange) async throws {
    let tree = try Self.tree()
    var sandbox = Self.sandbox(tree, access: .readWrite)
    sandbox.filesystem.rootChange = change
    let answers = lines(try await Jailed.shell(Self.script, in: sandbox))
    #expect(answers.contains("made") && answers[3] == "made")
    #expect(Leftovers.names(in: "\(tree.path)/data") == ["new"])
    #expect(Leftovers.names(in: "\(tree.path)/dev").isEmpty && Leftovers.names(in: "\(tree.path)/tmp").isEmpty)
    var status = stat()
    #expect(stat("\(tree.path)/data/new", &status) == 0 && status.st_uid == geteuid())
    let prepared = try await sandbox.prepare()
    #expect(try await prepared.run("/bin/bash", arguments: ["-c", "echo y > /data/new; cat /data/new"]).standardOutput == "y\n")
    #expect(try Text.of("\(tree.path)/data/new") == "y\n")
    let openings = try sandbox.enforcement(for: .init("/bin/true")).openings.map(\.path.description)
    #expect(openings == (change == .chroot ? ["filesystem.rootChange"] : []) + ["filesystem.root"])
  }

  @Test(arguments: RootChange.allCases) func `nothing of the host's root is left to be reached`(_ change: RootChange) async throws
  {
    var sandbox = Sandbox()
    sandbox.filesystem.rootChange = change
    sandbox.filter = .off(because: "the test looks at the mounts alone")
    // Up as far as it goes, and through the init and the mount table.
    let program =
      Jailed.attempt + """
        os.chdir("/")
        for _ in range(20): os.chdir("..")
        print(os.path.lexists("home"), os.path.lexists("/proc/1/root/home"), os.path.lexists("/proc/self/root/../home"))
        print(attempt(lambda: os.chroot("/tmp")), sum(" /home" in line or "/var" in line for line in open("/proc/self/mountinfo")))
        """
    #expect(try await Jailed.python(program, in: sandbox) == "False False False\nEPERM 0\n")
    #expect(access("/home", F_OK) == 0, "the control: the host has it")
  }

  @Test func `a root by chroot is not for who could take it away`() async throws {
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.sysAdmin], because: "the test")
    try sandbox.validate(for: .spawn)
    sandbox.filesystem.rootChange = .chroot
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.map(\.path.description) == ["filesystem.rootChange"])
    sandbox.capabilities = .keeping([.sysChroot])
    let leave =
      Jailed.attempt + """
        os.makedirs("/tmp/x")
        kept = os.open("/", os.O_RDONLY)
        print(attempt(lambda: os.chroot("/tmp/x")))
        os.fchdir(kept)
        for _ in range(50): os.chdir("..")
        print(attempt(lambda: os.chroot(".")), os.path.lexists("/home"), os.path.lexists("/usr"))
        """
    sandbox.filter = .off(because: "the test looks at the root alone")
    #expect(try await Jailed.python(leave, in: sandbox) == "ok\nok False True\n")
  }

  @Test func `what is not there is an error, and nothing is made`() async throws {
    let tree = try Self.tree()
    #expect(rmdir("\(tree.path)/tmp") == 0)
    let error = await #expect(throws: Sandbox.Error.self) {
      try await Self.sandbox(tree, access: .readOnly).run("/bin/true")
    }
    #expect(error?.description.contains("filesystem.mounts[2]") == true, "\(String(describing: error))")
    let writable = #expect(throws: Sandbox.Error.self) { try Self.sandbox(tree, access: .readWrite).validate(for: .spawn) }
    #expect(writable?.problems.map(\.path.description) == ["filesystem.mounts[2].target"])
    #expect(!Leftovers.names(in: tree.path).contains("tmp"))
  }

  @Test func `roots that cannot be`() throws {
    let tree = try Self.tree()
    func paths(_ change: (inout RootfsPolicy) -> Void) -> [String]? {
      var sandbox = Self.sandbox(tree, access: .readOnly)
      change(&sandbox.filesystem)
      let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
      return error?.problems.map(\.path.description)
    }
    #expect(paths { $0.root = .directory(Bind("/no/such")) } == ["filesystem.root.source"])
    #expect(paths { $0.root = .directory(Bind("\(tree.path)/etc/hello")) } == ["filesystem.root.source"])
    #expect(paths { $0.mounts.insert(.hostSystem, at: 0) } == ["filesystem.root"])
    #expect(paths { $0.root = .directory(Bind(tree.path, ifExists: true)) } == ["filesystem.root.ifExists"])
  }
}
