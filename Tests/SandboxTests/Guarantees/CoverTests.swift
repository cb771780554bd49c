import Glibc
import Sandbox
import Testing

/// What the policy hides, and makes read-only, of what it has put there.
@Suite("Masked and read-only paths") struct CoverTests {
  private static let script = """
    ls /usr/share/doc | wc -l; cat /etc/passwd | wc -c; echo lost > /etc/passwd; cat /etc/passwd | wc -c
    for place in /tmp/a /tmp/b /dev/shm/c /usr/share/doc/d; do touch $place 2>/dev/null && echo made || echo refused; done
    cat /tmp/kept
    """

  private func sandbox(_ covers: [Mount]) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [.file(at: "/tmp/kept", text: "kept\n"), .directory(at: "/tmp/hidden")] + covers
    return sandbox
  }

  @Test func `what is masked is empty, what is read-only cannot be written`() async throws {
    let sandbox = sandbox([.masked("/usr/share/doc"), .masked("/etc/passwd"), .readOnly("/tmp"), .readOnly("/dev/shm")])
    #expect(try await Jailed.shell(Self.script, in: sandbox) == "0\n0\n0\nrefused\nrefused\nrefused\nrefused\nkept\n")
    let control = try await self.sandbox([]).run("/bin/bash", arguments: ["-c", Self.script])
    let answers = lines(control.standardOutput)
    #expect(Int(answers[0])! > 0 && Int(answers[1])! > 0, "the control: else they are there")
    #expect(Array(answers[3...]) == ["made", "made", "made", "refused", "kept"])
  }

  @Test func `the same of a prepared sandbox`() async throws {
    let sandbox = sandbox([.masked("/usr/share/doc"), .masked("/etc/passwd"), .masked("/tmp/hidden"), .readOnly("/tmp")])
    let prepared = try await sandbox.prepare()
    for _ in 0..<2 {
      let outcome = try await prepared.run("/bin/bash", arguments: ["-c", Self.script + "; ls /tmp/hidden; touch /tmp/hidden/x"])
      #expect(outcome.standardOutput == "0\n0\n0\nrefused\nrefused\nmade\nrefused\nkept\n", "\(outcome.standardError)")
      #expect(outcome.terminationStatus == .exited(1))
    }
  }

  @Test func `what covers something that each jail has anew is an error of a prepared sandbox`() async throws {
    let sandbox = sandbox([.readOnly("/dev")])
    #expect(
      try await Jailed.shell("touch /dev/shm/x 2>/dev/null || echo refused", in: sandbox) == "refused\n", "and not of one jail")
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.prepare() }
    #expect(error?.problems.map(\.path.description) == ["filesystem.mounts[6].target"])
  }

  @Test func `a link of the root's into what each jail has anew is an error of a prepared sandbox`() async throws {
    let tree = try TemporaryDirectory()
    chmod(tree.path, 0o755)
    for name in ["proc", "dev", "tmp", "usr", "bin", "lib", "lib64", "var", "run", "srv"] { mkdir("\(tree.path)/\(name)", 0o755) }
    #expect(symlink("/run", "\(tree.path)/var/run") == 0)
    _ = try tree.file("srv/secret", "SECRET\n")
    var sandbox = Sandbox()
    sandbox.filesystem = .directory(tree.path)
    sandbox.filesystem.mounts += ["/usr", "/bin", "/lib", "/lib64"].map { .bind($0, ifExists: true) }
    sandbox.filesystem.mounts += [.tmpfs(at: "/run"), .bind("\(tree.path)/srv", at: "/run/data")]
    let place = sandbox.filesystem.mounts.count
    for cover in [Mount.masked("/var/run/data/secret", ifExists: true), .readOnly("/var/run/data", ifExists: true)] {
      var covered = sandbox
      covered.filesystem.mounts.append(cover)
      let error = await #expect(throws: Sandbox.Error.self) { try await covered.prepare() }
      #expect(error?.problems.map(\.path.description) == ["filesystem.mounts[\(place)].target"], "\(String(describing: error))")
    }
    sandbox.filesystem.mounts.append(.masked("/var/run/data/secret", ifExists: true))
    #expect(try await Jailed.shell("cat /run/data/secret", in: sandbox) == "", "one jail alone masks it")
    sandbox.filesystem.mounts[place] = .masked("/run/data/secret", ifExists: true)
    let prepared = try await sandbox.prepare()
    #expect(try await prepared.run("/bin/cat", arguments: ["/run/data/secret"]).standardOutput == "", "and so does this")
    sandbox.filesystem.mounts[place] = .masked("/var/run/other", ifExists: true)
    sandbox.filesystem.mounts.removeAll { $0.target == "/run" || $0.target == "/run/data" }
    #expect(throws: Never.self, "the control: a link to what all share is none") { try sandbox.validate(for: .spawn) }
    #expect(try await sandbox.prepare().run("/bin/true").isSuccess)
  }

  @Test func `a mask over nothing is an error, unless that is said`() async throws {
    let error = await #expect(throws: Sandbox.Error.self) {
      try await sandbox([.masked("/no/such")]).run("/bin/true")
    }
    #expect(
      error?.description.hasPrefix("filesystem.mounts[6]: openat2(\"/no/such\"): ENOENT") == true, "\(String(describing: error))")
    let readOnly = await #expect(throws: Sandbox.Error.self) { try await sandbox([.readOnly("/no/such")]).run("/bin/true") }
    #expect(readOnly?.errno == ENOENT)
    let optional = sandbox([.masked("/no/such", ifExists: true), .readOnly("/no/such", ifExists: true)])
    #expect(try await optional.run("/bin/true").isSuccess)
  }

  @Test func `parts of proc can be covered, too`() async throws {
    let sandbox = sandbox([.masked("/proc/meminfo"), .masked("/proc/sys"), .readOnly("/proc/tty")])
    let ask = "wc -c < /proc/meminfo; ls /proc/sys | wc -l"
    #expect(try await Jailed.shell(ask, in: sandbox) == "0\n0\n")
    #expect(try await sandbox.prepare().run("/bin/bash", arguments: ["-c", ask]).standardOutput == "0\n0\n")
    let control = lines(try await Jailed.shell(ask))
    #expect(Int(control[0])! > 0 && Int(control[1])! > 0, "the control: else they are there")
  }

  @Test func `a read-only path above a procfs keeps its masks`() async throws {
    let above: [Mount] = [.tmpfs(at: "/a"), .proc(at: "/a/proc"), .readOnly("/a")]
    let ask =
      "wc -c < /a/proc/kallsyms; ls /a/proc/acpi 2>/dev/null | wc -l; touch /a/x 2>/dev/null || echo refused; cat /a/proc/1/comm"
    #expect(lines(try await Jailed.shell(ask, in: sandbox(above))).prefix(3) == ["0", "0", "refused"])
    let control = try await Jailed.shell(
      "wc -c < /a/proc/kallsyms",
      in: sandbox([.tmpfs(at: "/a"), .bind("/proc/kallsyms", at: "/a/proc/kallsyms"), .readOnly("/a")]))
    #expect(control != "0\n", "the control: what is not masked is read there")
    let late = sandbox(above + [.tmpfs(at: "/a/late")])
    let error = #expect(throws: Sandbox.Error.self, "it would be covered") { try late.validate(for: .spawn) }
    #expect(error?.problems.map(\.path.description) == ["filesystem.mounts[9].target"], "\(error?.problems ?? [])")
  }

  @Test func `a link is followed inside, not outside`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    #expect(symlink("/etc/passwd", "\(directory.path)/link") == 0)
    let sandbox = sandbox([.bind(directory.path, at: "/r"), .masked("/r/link")])
    #expect(try await Jailed.shell("cat /etc/passwd | wc -c", in: sandbox) == "0\n", "the jail's own is what is masked")
    #expect(try Text.of("/etc/passwd").count > 0)
  }

  @Test func `what is below is read-only, too`() async throws {
    let sandbox = sandbox([.tmpfs(at: "/tmp/inner"), .directory(at: "/tmp/inner/d", mode: 0o777), .readOnly("/tmp")])
    #expect(try await Jailed.shell("touch /tmp/inner/x 2>/dev/null || echo refused", in: sandbox) == "refused\n")
  }
}
