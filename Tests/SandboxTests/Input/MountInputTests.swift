import Glibc
import Rootfs
import Sandbox
import Testing

/// Mounts that cannot be: each an error by its path, and nothing is left.
@Suite("Mounts that cannot be") struct MountInputTests {
  private func error(_ mounts: [Mount], _ change: (inout Sandbox) -> Void = { _ in }) async throws -> Sandbox.Error? {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += mounts
    change(&sandbox)
    return await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
  }

  @Test func `those that can be known beforehand, all at once`() async throws {
    let directory = try TemporaryDirectory()
    symlink("b", "\(directory.path)/a")
    symlink("a", "\(directory.path)/b")
    #expect(mkfifo("\(directory.path)/fifo", 0o666) == 0)
    let long = String(repeating: "x", count: 256)
    let error = try await error([
      .bind("/no/such/source", at: "/0"), .bind("\(directory.path)/a", at: "/1"), .bind("\(directory.path)/fifo", at: "/2"),
      .bind("/usr/../etc", at: "/3"), .bind("relative", at: "/4"), .file(at: "/5", text: ""), .tmpfs(at: "/5/below"),
      .tmpfs(at: "/..//etc"), .tmpfs(at: "/8/\(long)"), .tmpfs(at: "/9/x"), .tmpfs(at: "//9//x/"), .tmpfs(at: "/9"),
      .bind("/usr\0", at: "/12"), .symlink(at: "/13", to: ""), .directory(at: "/14", mode: 0o4755), .program("/no/such/program"),
      .device("/etc/passwd", at: "/16", because: " "), .bind("/dev/null", at: "/17", access: .readWrite), .masked("/"),
      .readOnly("x"), .tmpfs(at: String(repeating: "/y", count: 2100)),
    ])
    #expect(error?.kind == .invalid)
    let expected = [
      "[4].source", "[5].source", "[6].source", "[7].source", "[8].source", "[10].target", "[11].target", "[12].target",
      "[14].target", "[15].target", "[15].target", "[16].source", "[17].to", "[18].mode", "[19].target", "[20].source",
      "[20].because", "[21].source", "[22].target", "[23].target", "[24].target",
    ]
    #expect(error?.problems.map(\.path.description) == expected.map { "filesystem.mounts" + $0 }, "\(error?.problems ?? [])")
  }

  @Test func `what each process has another of in a procfs`() async throws {
    for name in ["self/mountinfo", "thread-self", "net", "mounts", "1/status"] {
      for mount in [Mount.masked("/proc/\(name)"), .readOnly("/proc/\(name)"), .bind("/usr", at: "/proc/\(name)")] {
        let error = try await error([mount])
        #expect(
          error?.kind == .invalid && error?.problems.map(\.path) == ["filesystem.mounts[4].target"],
          "\(mount) \(String(describing: error))")
      }
    }
    let linked = try await error([.symlink(at: "/q", to: "/proc/self"), .masked("/q/mountinfo")])
    #expect(linked?.problems.map(\.path) == ["filesystem.mounts[5].target"], "\(String(describing: linked))")
    let bound = try await error([.bind("/proc", at: "/hp"), .masked("/hp/self/mountinfo")])
    #expect(bound?.problems.map(\.path) == ["filesystem.mounts[5].target"], "\(String(describing: bound))")
    let directory = try TemporaryDirectory()
    #expect(symlink("/proc/mounts", "\(directory.path)/mtab") == 0)
    let host = try await error([.bind(directory.path, at: "/e"), .masked("/e/mtab")])
    #expect(host?.problems.map(\.path) == ["filesystem.mounts[5].target"], "\(String(describing: host))")
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.masked("/proc/meminfo"))
    #expect(try await sandbox.run("/bin/true").isSuccess, "the control")
  }

  @Test func `too many are counted, and nothing else is looked at`() throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts = (0..<501).map { _ in .tmpfs(at: "relative") }
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.map(\.description).count == 1 && error?.problems.first?.path == "filesystem.mounts")
    sandbox.filesystem.mounts.removeLast()
    let control = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(control?.problems.count == 500, "the control: one fewer, and each is wrong")
  }

  @Test func `over or below what the host's system has, at once`() async throws {
    let error = try await error([
      .tmpfs(at: "/usr/bin/env"), .bind("/etc/hosts", at: "/usr/share"), .tmpfs(at: "/usr/not/there"),
      .tmpfs(at: "/bin/not-there"),
      .file(at: "/usr/not-there", text: ""), .symlink(at: "/usr/lib", to: "x"), .directory(at: "/usr/bin/id"),
      .file(at: "/usr/bin/cat", text: ""), .directory(at: "/etc/alternatives/not-there"),
      .bind("/etc/hosts", at: "/usr/nor-this"),
    ])
    let expected = (4...13).map { "filesystem.mounts[\($0)].target" }
    #expect(error?.kind == .invalid && error?.problems.map(\.path.description) == expected, "\(error?.problems ?? [])")
    // The control: what is there, what the jail has of its own, and what this host does not have.
    var sandbox = Sandbox()
    let missing = HostFiles.systemPaths.filter { access($0, F_OK) != 0 }
    sandbox.filesystem.mounts +=
      [
        .tmpfs(at: "/usr/share"), .tmpfs(at: "/usr/share/below"), .directory(at: "/usr/share/below/made"),
        .bind("/etc/hosts", at: "/usr/bin/env"), .directory(at: "/usr/lib"), .directory(at: "/etc/made"),
      ] + missing.map { .directory(at: $0 + "/made") }
    let look = "[ -d /usr/share/below/made ] && [ -d /etc/made ] && grep -c localhost /usr/bin/env"
    #expect(try await !Jailed.shell(look, in: sandbox).isEmpty)
  }

  /// A link of the policy's own leads there: only the making tells.
  @Test func `over or below it through a link`() async throws {
    let link = Mount.symlink(at: "/link", to: "usr")
    for mounts in [[Mount.tmpfs(at: "/link/bin/env")], [.bind("/etc/hosts", at: "/link/share")]] {
      let error = try await error([link] + mounts)
      #expect(error?.description.hasPrefix("filesystem.mounts[5]: move_mount(") == true, "\(String(describing: error))")
      #expect(error?.description.contains("hint: source and target must both be directories") == true)
    }
    let below = try await error([.tmpfs(at: "/etc/passwd/below")])
    #expect(below?.description.contains("hint: a part of the target's path is a file") == true)
    for mount in [
      Mount.tmpfs(at: "/link/not/there"), .file(at: "/link/not-there", text: ""), .symlink(at: "/link/not-there", to: "x"),
      .directory(at: "/link/not-there"), .bind("/etc/hosts", at: "/link/not-there"),
    ] {
      let error = try await error([link, mount])
      #expect(error?.errno == EROFS, "\(String(describing: error))")
      #expect(error?.description.hasPrefix("filesystem.mounts[5]: ") == true && error?.description.contains("hint: ") == true)
    }
    #expect(access("/usr/not-there", F_OK) != 0 && access("/usr/not", F_OK) != 0, "nothing came to be on the host")
  }

  @Test func `through a loop of links`() async throws {
    let loop: [Mount] = [.symlink(at: "/a", to: "/b"), .symlink(at: "/b", to: "/a")]
    for mount in [Mount.tmpfs(at: "/a/x"), .file(at: "/a/x", text: ""), .masked("/a"), .readOnly("/a")] {
      let error = try await error(loop + [mount])
      #expect(error?.problems.map(\.path.description) == ["filesystem.mounts[6].target"])
      #expect(error?.description.contains("a loop of the policy's symbolic links") == true)
    }
    // The control: links that lead somewhere.
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .directory(at: "/c"), .symlink(at: "/b", to: "../c/."), .symlink(at: "/a", to: "b"), .file(at: "/a/x", text: "there\n"),
    ]
    #expect(try await Jailed.shell("cat /c/x", in: sandbox) == "there\n")
  }

  @Test func `all that the policy and its sources tell of a target, at once`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    _ = try directory.file("file", "")
    #expect(mkdir("\(directory.path)/directory", 0o755) == 0)
    let error = try await error([
      .bind(directory.path, at: "/r"), .tmpfs(at: "/r/not-there"), .file(at: "/r/made", text: ""), .tmpfs(at: "/r/file"),
      .bind("/etc/hosts", at: "/r/directory"), .bind("/etc/hosts", at: "/h"), .tmpfs(at: "/h/below"),
      .device("/dev/zero", at: "/z", because: "the test"), .directory(at: "/z/below"), .directory(at: "/proc/below"),
      .symlink(at: "/l", to: "l/x"), .masked("/l"), .bind("/no/such", at: "/o", ifExists: true),
    ])
    let expected = [5, 6, 7, 8, 10, 12, 13, 15].map { "filesystem.mounts[\($0)].target" }
    #expect(error?.kind == .invalid && error?.problems.map(\.path.description) == expected, "\(error?.problems ?? [])")
    #expect(error?.problems.allSatisfy { $0.hint != nil } == true)
    // The control: what is there can be mounted over.
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .bind(directory.path, at: "/r"), .tmpfs(at: "/r/directory"), .bind("/etc/hosts", at: "/r/file"),
    ]
    #expect(try await Jailed.shell("touch /r/directory/x && [ -s /r/file ] && echo over", in: sandbox) == "over\n")
  }

  @Test func `a link does not lead out of the root`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o777)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .directory(at: directory.path), .symlink(at: "/out", to: "../../../..\(directory.path)"), .tmpfs(at: "/out/made"),
      .file(at: "/out/file", text: "inside\n"),
    ]
    #expect(try await Jailed.shell("cat \(directory.path)/file", in: sandbox) == "inside\n")
    #expect(Leftovers.names(in: directory.path).isEmpty)
  }

  @Test(.requires(.root)) func `a link of somebody else's to what is not theirs`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    #expect(symlink("/etc", "\(directory.path)/link") == 0)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind("\(directory.path)/link", at: "/l"))
    #expect(try await Jailed.shell("ls -d /l/passwd", in: sandbox) == "/l/passwd\n", "the control: one's own is followed")
    #expect(lchown("\(directory.path)/link", 20001, 20001) == 0)
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(
      error?.problems.map(\.description) == [
        "filesystem.mounts[4].source: \"\(directory.path)/link\" leads through a symbolic link of uid 20001 to what belongs to uid "
          + "0; hint: name \"/etc\" itself, if that is meant"
      ])
  }

  @Test func `nothing is left of any`() async {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      let mounts = try Text.of("/proc/self/mountinfo")
      for wrong in [
        Mount.tmpfs(at: "/usr/bin/env"), .file(at: "/usr/not-there", text: ""), .masked("/no/such"), .tmpfs(at: "/etc/passwd/x"),
        .bind("/no/such"),
      ] {
        var sandbox = Sandbox()
        sandbox.filesystem.mounts.append(wrong)
        await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
        await #expect(throws: Sandbox.Error.self) { try await sandbox.prepare() }
      }
      try await Leftovers.expect(before)
      let after = try Text.of("/proc/self/mountinfo")
      precondition(after == mounts)
    }
  }

  @Test func `links at the root, and above it, are errors and nothing else`() {
    var sandbox = Sandbox()
    sandbox.filesystem = .empty
    sandbox.filesystem.mounts = [.symlink(at: "/", to: "x"), .symlink(at: "/a", to: "../b"), .tmpfs(at: "/a/c")]
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.contains { $0.path.description == "filesystem.mounts[0].target" } == true, "\(error?.problems ?? [])")
  }
}
