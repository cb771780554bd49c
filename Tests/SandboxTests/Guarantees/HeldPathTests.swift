import Glibc
import Sandbox
import Testing

/// What stands below a directory that the jail can write stays where the policy has it.
@Suite("Paths below what can be written", .requires(.idmappedMounts)) struct HeldPathTests {
  /// `a/b/conf`, and beside it `a/b/free`.
  private static func directory() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    for name in ["a", "a/b", "a/b/sub"] { mkdir("\(directory.path)/\(name)", 0o755) }
    _ = try directory.file("a/b/conf", "good\n")
    return directory
  }

  private static func sandbox(_ directory: TemporaryDirectory, _ mounts: [Mount]) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/e", access: .readWrite))
    sandbox.filesystem.mounts += mounts
    return sandbox
  }

  /// Puts something else in the place of a directory on the way, of the nearest one and of the one above it.
  private static let replace = """
    mv /e/a/b /e/a/b2 2>/dev/null && mkdir /e/a/b && echo evil > /e/a/b/conf
    mv /e/a /e/a2 2>/dev/null && mkdir -p /e/a/b && echo evil > /e/a/b/conf
    touch /e/a/b/free /e/free && echo written; cat /e/a/b/conf
    """

  @Test(arguments: [
    Mount.readOnly("/e/a/b/conf"), .masked("/e/a/b/conf"), .bind("/etc/hosts", at: "/e/a/b/conf"), .tmpfs(at: "/e/a/b/sub"),
  ])
  func `no directory on the way to a cover or a mount can be renamed`(_ mount: Mount) async throws {
    for isPrepared in [false, true] {
      let directory = try Self.directory()
      let sandbox = Self.sandbox(directory, [mount])
      let arguments = ["-c", Self.replace]
      let outcome =
        try await isPrepared
        ? sandbox.prepare().run("/bin/bash", arguments: arguments) : sandbox.run("/bin/bash", arguments: arguments)
      #expect(outcome.standardOutput.hasPrefix("written\n") && !outcome.standardOutput.contains("evil"), "\(outcome)")
      #expect(try Text.of("\(directory.path)/a/b/conf") == "good\n", "nor was it on the host")
      #expect(Leftovers.names(in: "\(directory.path)/a").sorted() == ["b"])
    }
  }

  @Test func `the control: without, each is renamed`() async throws {
    let directory = try Self.directory()
    #expect(try await Jailed.shell(Self.replace, in: Self.sandbox(directory, [])) == "written\nevil\n")
    #expect(try Text.of("\(directory.path)/a/b/conf") == "evil\n")
  }

  @Test func `nor in a root that can be written`() async throws {
    let tree = try TemporaryDirectory()
    chmod(tree.path, 0o755)
    for name in ["proc", "dev", "tmp", "usr", "bin", "lib", "lib64", "e", "e/a", "e/a/b"] { mkdir("\(tree.path)/\(name)", 0o755) }
    _ = try tree.file("e/a/b/conf", "good\n")
    var sandbox = Sandbox()
    sandbox.filesystem = .directory(tree.path, access: .readWrite)
    sandbox.filesystem.mounts += ["/usr", "/bin", "/lib", "/lib64"].map { .bind($0, ifExists: true) }
    sandbox.filesystem.mounts.append(.readOnly("/e/a/b/conf"))
    let script = Self.replace + "; mv /e /e2 2>/dev/null || echo stays"
    #expect(try await Jailed.shell(script, in: sandbox) == "written\ngood\nstays\n")
  }

  @Test func `a cover through a link that the jail can replace is an error`() throws {
    let directory = try Self.directory()
    #expect(symlink("a/b", "\(directory.path)/link") == 0)
    for mount in [Mount.readOnly("/e/link/conf"), .masked("/e/link/conf"), .bind("/etc/hosts", at: "/e/link/conf")] {
      let sandbox = Self.sandbox(directory, [mount])
      let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
      #expect(
        error?.problems.map(\.description) == [
          "filesystem.mounts[5].target: \"/e/link/conf\" leads through the symbolic link \"/e/link\", which the jail can replace; "
            + "hint: write the path that it leads to: \"/e/a/b/conf\""
        ])
    }
    var control = Self.sandbox(directory, [.readOnly("/e/link/conf")])
    control.filesystem.mounts[4] = .bind(directory.path, at: "/e")
    #expect(throws: Never.self, "the control: where it cannot") { try control.validate(for: .spawn) }
  }

  @Test func `a cover through a link of the policy's holds the way that it leads to`() async throws {
    let directory = try Self.directory()
    let sandbox = Self.sandbox(directory, [.symlink(at: "/l", to: "e/a"), .readOnly("/l/b/conf")])
    #expect(try await Jailed.shell(Self.replace, in: sandbox) == "written\ngood\n")
  }

  // MARK: What changes on the host

  /// A mask is a mount upon a file: who takes the file away takes the mount along, in every namespace.
  @Test func `a mask on a file goes with the file, one on its directory stays, as the guide says`() async throws {
    let directory = try Self.directory()
    _ = try directory.file("shadow", "old\n")
    _ = try directory.file("a/b/shadow", "old\n")
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [.bind(directory.path, at: "/e"), .masked("/e/shadow"), .masked("/e/a/b")]
    let script = "cat /e/shadow; echo ready; read x; cat /e/shadow /e/a/b/shadow 2>/dev/null; echo end"
    let process = try await sandbox.spawn(
      .init("/bin/bash", arguments: ["-c", script], input: .writer, output: .sequence))
    var iterator = process.standardOutput!.makeAsyncIterator()
    var seen = String(decoding: try await iterator.next() ?? [], as: UTF8.self)
    #expect(seen == "ready\n", "both are hidden")
    for name in ["shadow", "a/b/shadow"] {
      let new = try directory.file("new", "new\n")
      #expect(rename(new, "\(directory.path)/\(name)") == 0)
    }
    try await process.standardInput!.write("go\n")
    seen = ""
    while let chunk = try await iterator.next() { seen += String(decoding: chunk, as: UTF8.self) }
    #expect(seen == "new\nend\n", "the file's is gone, the directory's is not")
    _ = try await process.wait()
  }
}
