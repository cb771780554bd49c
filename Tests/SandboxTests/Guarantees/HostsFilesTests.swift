import Glibc
import Testing

@testable import Sandbox

/// What of the host's files a jail must not get at, or change, by way of what it may.
@Suite("The host's files") struct HostsFilesTests {
  @Test(.requires(.idmappedMounts), arguments: [SeccompPolicy.standard, .off(because: "a test")])
  func `no set-user-ID file comes to be in a writable bind`(_ filter: SeccompPolicy) async throws {
    let directory = try TemporaryDirectory()
    #expect(chmod(directory.path, 0o777) == 0)
    var sandbox = Sandbox()
    sandbox.filter = filter
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/w", access: .readWrite))
    let program =
      Jailed.attempt + """
        open("/w/f", "w").close()
        print(attempt(lambda: os.chmod("/w/f", 0o4755)), attempt(lambda: os.close(os.open("/w/g", os.O_CREAT | os.O_WRONLY, 0o4755))))
        print(attempt(lambda: os.mkdir("/w/d", 0o2755)), attempt(lambda: call(437, -100, b"/w/h", ctypes.create_string_buffer(24), 24)))
        print(attempt(lambda: os.chmod("/w/f", 0o755)))
        """
    #expect(try await Jailed.python(program, in: sandbox) == "EPERM EPERM\nEPERM ENOSYS\nok\n")
    var status = stat()
    #expect(stat("\(directory.path)/f", &status) == 0 && status.st_mode & 0o7777 == 0o755)
  }

  /// What a shell says of a set-user-ID bit in the directory that is a descriptor of a process's.
  private static func setID(_ file: String) -> [String] {
    ["-c", "chmod 4755 \(file) 2>&1 | grep -o 'not permitted'; stat -Lc %a \(file)"]
  }

  @Test func `nor by a descriptor that can be opened again`() async throws {
    let directory = try TemporaryDirectory()
    #expect(chmod(directory.path, 0o777) == 0)
    let own: uid_t = geteuid() == 0 ? try Sandbox.Host.current.payloadUser : geteuid()
    let file = try directory.file("f", "")
    #expect(chown(file, own, own) == 0)
    let opened = open(directory.path, O_RDONLY | O_DIRECTORY)
    defer { close(opened) }
    let reopenable = Sandbox.Descriptor(.init(rawValue: opened), reopenableBecause: "a test")
    let input = Sandbox.Input.fileDescriptor(.init(rawValue: opened), reopenableBecause: "a test")
    let prepared = try await Sandbox().prepare()
    // As input; handed over beside it; each to the first program, of whose jail further ones then are.
    for isPrepared in [false, true] {
      var command = Sandbox.Command("/bin/sh", arguments: Self.setID("/proc/self/fd/0/f"), input: input)
      let outcome = isPrepared ? try await prepared.run(command) : try await Sandbox().run(command)
      #expect(outcome.standardOutput == "not permitted\n644\n", "\(outcome.standardError)")

      command = .init("/bin/sleep", arguments: ["600"])
      command.descriptors[5] = reopenable
      let jail = isPrepared ? try await prepared.spawn(command) : try await Sandbox().spawn(command)
      let further = try await jail.run(.init("/bin/sh", arguments: Self.setID("/proc/2/fd/5/f")))
      #expect(further.standardOutput == "not permitted\n644\n", "\(further.standardError)")
      // Another such one is no more than the jail has.
      let another = try await jail.run(.init("/bin/sh", arguments: Self.setID("/proc/self/fd/0/f"), input: input))
      #expect(another.standardOutput == "not permitted\n644\n", "\(another.standardError)")
      #expect(another.enforcement.openings.map(\.path.description) == ["command.descriptors[5]", "command.input"])
      await jail.kill()
      let told = try await jail.wait().enforcement.openings.map(\.path.description)
      #expect(told == ["command.descriptors[5]", "command.input"], "what a further program opens, all may use")
    }
    // The control: outside of a jail its owner may.
    #expect(try Unjailed.run("/bin/chmod", ["4755", file]).status == 0)
    await prepared.end()
  }

  @Test(.requires(.idmappedMounts)) func `a jail that has none gets none by way of a further program`() async throws {
    let directory = try TemporaryDirectory()
    let opened = open(directory.path, O_RDONLY | O_DIRECTORY)
    defer { close(opened) }
    let command = Sandbox.Command("/bin/true", input: .fileDescriptor(.init(rawValue: opened), reopenableBecause: "a test"))
    let jail = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
    let error = await #expect(throws: Sandbox.Error.self) {
      try await jail.run(command)
    }
    #expect(error?.kind == .invalid && error?.problems.map(\.path.description) == ["command.input"])
    await jail.kill()
    // The control: in a jail that writes to the host anyway.
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/w", access: .readWrite))
    let writing = try await sandbox.spawn(.init("/bin/sleep", arguments: ["600"]))
    #expect(try await writing.run(command).isSuccess)
    await writing.kill()
  }

  @Test func `the host's certificates are there, its keys are not`() async throws {
    let seen = try await Jailed.shell("ls -d /etc/ssl/certs; ls -d /etc/ssl/private 2>&1; ls /etc/ssl")
    #expect(lines(seen)[0] == "/etc/ssl/certs")
    #expect(seen.contains("private': No such file") && !lines(seen).contains("private"))
  }

  @Test(.requires(.pressureInformation)) func `pressure stall information cannot be given triggers`() async throws {
    let program = Jailed.attempt + "print(attempt(lambda: os.open('/proc/pressure/cpu', os.O_RDWR)))"
    var status = stat()
    #expect(stat("/proc/pressure/cpu", &status) == 0)
    // (Older kernels let nobody write them.)
    #expect(try await Jailed.python(program) == (status.st_mode & 0o002 != 0 ? "EROFS\n" : "EACCES\n"))
    #expect(try Unjailed.python("open('/proc/pressure/cpu').read(); print('read')") == "read\n")
  }

  @Test func `a file of the policy's takes the place of a synthetic one`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.file(at: "/etc/hosts", text: "127.0.0.1 mine\n"))
    #expect(try await Jailed.shell("cat /etc/hosts", in: sandbox) == "127.0.0.1 mine\n")
  }

  @Test(.requires(.idmappedMounts)) func `what would be made in a directory of the host's is an error, what is there is not`()
    async throws
  {
    let directory = try TemporaryDirectory()
    #expect(chmod(directory.path, 0o777) == 0)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .bind(directory.path, at: "/w", access: .readWrite), .tmpfs(at: "/w/sub"), .symlink(at: "/w/link", to: "/usr"),
      Mount(.devices, at: "/w/dev"),
    ]
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.map(\.path.description) == [5, 6, 7].map { "filesystem.mounts[\($0)].target" })
    #expect(Leftovers.names(in: directory.path).isEmpty)
    sandbox.filesystem.mounts.removeLast(2)
    #expect(mkdir("\(directory.path)/sub", 0o755) == 0)
    #expect(try await Jailed.shell("touch /w/sub/x; ls /w/sub", in: sandbox) == "x\n")
    #expect(Leftovers.names(in: "\(directory.path)/sub").isEmpty, "it is the tmpfs that was written")
  }

  @Test func `this host, asked for beforehand, knows what a policy asks about`() throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind("/usr/share", at: "/share"))
    let host = try Sandbox.Host.current
    try sandbox.validate(for: .spawn, on: host)
    #expect(try sandbox.plan(for: .init("/bin/true"), on: host) == sandbox.plan(for: .init("/bin/true")))
    sandbox.filesystem.mounts.append(.bind("/no/such", at: "/other"))
    #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn, on: host) }
  }

  @Test func `a mount that hides an earlier one is an error`() {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [.directory(at: "/a/b"), .tmpfs(at: "/a")]
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.first?.message == "\"/a\" would hide filesystem.mounts[4] at \"/a/b\"")
  }

  @Test func `a limit of open files that is not managed is the host's`() async throws {
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      limit.rlim_cur = min(limit.rlim_max - 1, 1000)
      precondition(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      var sandbox = Sandbox()
      sandbox.limits.openFiles = nil
      let expected = "\(limit.rlim_cur)\n\(limit.rlim_max)\n"
      let own = try await Jailed.shell("ulimit -Sn; ulimit -Hn", in: sandbox)
      precondition(own == expected, own)
      let prepared = try await sandbox.prepare()
      let outcome = try await prepared.run("/bin/bash", arguments: ["-c", "ulimit -Sn; ulimit -Hn"])
      precondition(outcome.standardOutput == expected, outcome.standardOutput)
    }
  }
}
