import Glibc
import Sandbox
import Testing

/// What is said of a single bind.
@Suite("Binds") struct BindTests {
  @Test func `without execution no program in it runs`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    #expect(try Unjailed.run("/bin/cp", ["/bin/true", "\(directory.path)/program"]).status == 0)
    for allowsExecution in [false, true] {
      var sandbox = Sandbox()
      sandbox.filesystem.mounts += [
        .bind(Bind(directory.path, allowsExecution: allowsExecution), at: "/x"),
        .tmpfs(at: "/t", allowsExecution: allowsExecution),
      ]
      let script =
        "cp /x/program /t; for p in /x /t; do $p/program 2>/dev/null; echo $?; done; cat /x/program | wc -c | grep -q .. && echo read"
      let expected = allowsExecution ? "0\n0\nread\n" : "126\n126\nread\n"
      #expect(try await Jailed.shell(script, in: sandbox) == expected)
      #expect(try await sandbox.prepare().run("/bin/bash", arguments: ["-c", script]).standardOutput == expected)
    }
  }

  @Test func `a device in a bind cannot be opened, one that is named for a reason can`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .bind("/dev/zero", at: "/bound"), .device("/dev/zero", at: "/named", because: "the test"),
    ]
    let program = Jailed.attempt + "print(attempt(lambda: open('/bound').read(1)), attempt(lambda: open('/named').read(1)))"
    #expect(try await Jailed.python(program, in: sandbox) == "EACCES ok\n")
    let prepared = try await sandbox.prepare()
    #expect(try await prepared.run("/usr/bin/python3", arguments: ["-c", program]).standardOutput == "EACCES ok\n")
    let openings = try sandbox.enforcement(for: .init("/bin/true")).openings
    #expect(openings.map(\.description) == ["filesystem.mounts[5]: the host's device \"/dev/zero\": the test"])
  }

  // MARK: Propagation

  @Test(.requires(.root), arguments: SubmountTests.Caller.allCases)
  func `what the host mounts later, a slave sees`(_ caller: SubmountTests.Caller) throws {
    #expect(try PropagationTests.run(PropagationTests.later(":slave"), as: caller) == "seen\n")
  }

  @Test(.requires(.root), arguments: SubmountTests.Caller.allCases)
  func `what is said of propagation is so inside`(_ caller: SubmountTests.Caller) throws {
    let seen = try PropagationTests.run(
      """
      for how in private slave shared unbindable; do
        % --bind /mnt:/r:$how -- sh -c "grep ' /r ' /proc/self/mountinfo" | cut -d' ' -f7 | sed 's/:[0-9]*//'
      done
      """, as: caller)
    #expect(seen == "-\nmaster\nshared\nunbindable\n")
  }

  @Test(.requires(.root)) func `what is shared, the host does not get`() throws {
    let seen = try PropagationTests.run(
      "% --bind /mnt:/r:shared --tmpfs /r/sub -- sh -c 'touch /r/sub/x'; awk '$5 ~ \"^/mnt(/sub|$)\"' /proc/self/mountinfo | wc -l"
    )
    #expect(seen == "1\n")
  }

  @Test func `jails of a prepared sandbox share nothing of a bind that is shared`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(Bind("/usr/share", propagation: .shared), at: "/s"))
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.prepare() }
    #expect(error?.problems.map(\.path.description) == ["filesystem.mounts[4].propagation"])
    for propagation in [Propagation.slave, .unbindable, .private] {
      sandbox.filesystem.mounts[4] = .bind(Bind("/usr/share", propagation: propagation), at: "/tmp/s")
      #expect(try await sandbox.prepare().run("/bin/ls", arguments: ["/tmp/s/zoneinfo"]).isSuccess)
    }
  }

  // MARK: Id maps

  @Test(.requires(.root), .requires(.idmappedMounts))
  func `files are shown as whose the map says, and nobody else's can be written`()
    async throws
  {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o777)
    for uid: uid_t in [33, 34, 50] {
      let file = try directory.file("\(uid)", "x\n", mode: 0o600)
      #expect(chown(file, uid, uid) == 0)
    }
    var sandbox = Sandbox()
    let map = BindIDMap(users: [.init(source: 34, inside: 1000)], groups: [.init(source: 33, inside: 1000)])
    sandbox.filesystem.mounts.append(.bind(Bind(directory.path, access: .readWrite, idMap: map), at: "/w"))
    let script =
      "cd /w; stat -c '%u %g' *; for f in *; do cat $f 2>/dev/null || echo refused; done; echo y > new; stat -c '%u %g' new"
    let expected = "65534 1000\n1000 65534\n65534 65534\nrefused\nx\nrefused\n"
    let outcome = try await sandbox.run("/bin/bash", arguments: ["-c", script])
    // Its parent is root's, whom the map leaves out; and so nothing can be made in it, whatever its mode.
    #expect(outcome.standardOutput.hasPrefix(expected), "\(outcome.standardOutput) \(outcome.standardError)")
    sandbox.filesystem.mounts[4] = .bind(Bind(directory.path), at: "/w")
    let control = try await sandbox.run("/bin/bash", arguments: ["-c", script])
    #expect(control.standardOutput.hasPrefix("65534 65534\n65534 65534\n65534 65534\nrefused\nrefused\nrefused\n"))
  }

  @Test(.requires(.root), .requires(.idmappedMounts)) func `several ranges`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    for gid: gid_t in [70, 71, 72] {
      let file = try directory.file("\(gid)", "x\n", mode: 0o640)
      #expect(chown(file, 0, gid) == 0)
    }
    var sandbox = Sandbox()
    sandbox.credentials.groups = [29, 44]
    let map = BindIDMap(
      users: [.init(source: 0, inside: 1000)], groups: [.init(source: 70, inside: 29), .init(source: 71, inside: 44)])
    sandbox.filesystem.mounts.append(.bind(Bind(directory.path, idMap: map), at: "/r"))
    #expect(try await Jailed.shell("stat -c '%u %g' /r/*", in: sandbox) == "1000 29\n1000 44\n1000 65534\n")
  }

  @Test func `maps that cannot be`() throws {
    var sandbox = Sandbox()
    let map = BindIDMap(
      users: [
        .init(source: 33, inside: 999), .init(source: 33, inside: 1000), .init(source: 7, inside: 1000, count: 0),
        .init(source: 8, inside: 1000, count: 2),
      ], groups: [])
    sandbox.filesystem.mounts.append(.bind(Bind("/usr/share", idMap: map), at: "/s"))
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    let paths = error?.problems.map(\.path.description)
    if geteuid() == 0 {
      let users = "filesystem.mounts[4].idMap.users"
      #expect(
        Set(paths ?? []) == [users + "[0]", users + "[1]", users + "[2]", users + "[3]", "filesystem.mounts[4].idMap.groups"])
    } else {
      #expect(paths == ["filesystem.mounts[4].idMap"])
    }
  }
}
