import Glibc
import Testing

@testable import Sandbox
@testable import SandboxPlanning

/// Jails that share with the host what others are built on: mounts, and users. (Its processes are ``HostProcessTests``.)
@Suite("The host's users and mounts") struct HostNamespaceTests {
  private static func sharingMounts(_ filesystem: RootfsPolicy = .unchanged(because: "the test reads the host's")) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.namespaces.mount = .host(because: "the test looks at the host's mounts")
    sandbox.filesystem = filesystem
    return sandbox
  }

  @Test func `a jail has the host's root, and leaves its mounts as they are`() async throws {
    let before = try Text.of("/proc/self/mountinfo")
    let directory = try TemporaryDirectory()
    _ = try directory.file("file", "theirs\n")
    chmod(directory.path, 0o755)
    let look =
      "readlink /proc/self/ns/mnt; cat \(directory.path)/file; echo x 2>/dev/null > \(directory.path)/new || echo refused"
    let seen = try await Jailed.shell(look, in: Self.sharingMounts())
    // As root the payload is nobody who may write there; an ordinary user's is that user, who may.
    #expect(seen == "\(try HostProcessTests.link("mnt"))theirs\n\(geteuid() == 0 ? "refused\n" : "")")
    #expect(try await Jailed.shell("cat \(directory.path)/file 2>/dev/null || echo missing") == "missing\n", "the control")
    #expect(try Text.of("/proc/self/mountinfo") == before)
    // What does not depend on mounts holds: rights, and the guard on user namespaces.
    let status = try await Jailed.shell("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status", in: Self.sharingMounts())
    #expect(lines(status).prefix(5).allSatisfy { $0.hasSuffix("\t0000000000000000") } && status.contains("NoNewPrivs:\t1"))
    var unfiltered = Self.sharingMounts()
    unfiltered.filter = .off(because: "the test looks at what lies below it")
    let make = Jailed.attempt + "print(attempt(lambda: call(272, 0x10000000)))"  // unshare(CLONE_NEWUSER), x86_64
    #expect(try await Jailed.python(make, in: unfiltered) == "ENOSPC\n")
  }

  @Test func `a jail changes to a directory of the host's`() async throws {
    let sandbox = Self.sharingMounts(.chroot(to: "/usr"))
    let outcome = try await sandbox.run("/bin/bash", arguments: ["-c", "cd /; echo ..; echo *; cd ..; pwd; ls /etc/hostname"])
    #expect(outcome.standardOutput.hasPrefix("..\n") && outcome.standardOutput.contains("bin"), "\(outcome)")
    #expect(!outcome.standardOutput.contains(" usr ") && outcome.standardError.contains("No such file"))
    let living = try await sandbox.spawn(.init("/bin/bash", arguments: ["-c", "read line"], input: .writer))
    let further = try await living.run(.init("/bin/bash", arguments: ["-c", "cd /; [ -e usr ] || echo inside"]))
    #expect(further.standardOutput == "inside\n", "\(further)")
    await living.kill()
  }

  @Test func `what takes mounts of its own is an error by its path`() throws {
    var sandbox = Sandbox()
    sandbox.namespaces.mount = .host(because: "the test")
    #expect(HostProcessTests.problems(sandbox) == ["filesystem.entryRoot"])
    sandbox = Self.sharingMounts()
    sandbox.filesystem.mounts = [.proc]
    sandbox.filesystem.rootChange = .chroot
    #expect(HostProcessTests.problems(sandbox) == ["filesystem.mounts", "filesystem.root"])
    #expect(HostProcessTests.problems(Self.sharingMounts(.chroot(to: "/nowhere"))) == ["filesystem.entryRoot"])
    #expect(HostProcessTests.problems(Self.sharingMounts(.chroot(to: "/etc/passwd"))) == ["filesystem.entryRoot"])
    #expect(HostProcessTests.problems(Self.sharingMounts(.unchanged(because: " "))) == ["filesystem.entryRoot"])
    sandbox = Sandbox()
    sandbox.filesystem.entryRoot = .unchanged(because: "with mounts of its own")
    #expect(HostProcessTests.problems(sandbox) == ["filesystem.entryRoot"])
  }

  // MARK: Users

  private static func sharingUsers() -> Sandbox {
    var sandbox = Sandbox()
    sandbox.namespaces.user = .host(because: "the test looks at the host's users")
    return sandbox
  }

  private static let status =
    "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs)' /proc/self/status | tr '\\t' ' '; readlink /proc/self/ns/user"

  @Test(.requires(.root)) func `root's jail has ids of the host, and no capability`() async throws {
    var sandbox = Self.sharingUsers()
    (sandbox.credentials.user, sandbox.credentials.group, sandbox.credentials.groups) = (54_321, 54_322, [54_323])
    let none = "0000000000000000"
    let seen = try await Jailed.shell(Self.status, in: sandbox)
    #expect(
      seen == """
        Uid: 54321 54321 54321 54321
        Gid: 54322 54322 54322 54322
        Groups: 54323 \nCapInh: \(none)
        CapPrm: \(none)
        CapEff: \(none)
        CapBnd: \(none)
        CapAmb: \(none)
        NoNewPrivs: 1
        \(try HostProcessTests.link("user"))
        """, "\(seen)")
    let outside = try await Jailed.shell(Self.status)
    #expect(!outside.hasSuffix(try HostProcessTests.link("user")), "the control: another user namespace")
    guard Requirement.idmappedMounts.isMet else { return }
    // The root, the devices and the rest are built as ever, and the file that it makes is that user's.
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o777)
    sandbox.filesystem.mounts.append(.bind(directory.path, access: .readWrite))
    let made = try await Jailed.shell(
      "touch \(directory.path)/made /tmp/x; ls /proc | grep -cx 1; echo > /dev/null; touch /usr/x 2>/dev/null || echo sealed",
      in: sandbox)
    #expect(made == "1\nsealed\n")
    // By the idmapped mount that shows the directory's owner as the payload.
    #expect(try Unjailed.run("/usr/bin/stat", ["-c", "%u", directory.path + "/made"]).output == "0\n")
  }

  @Test(.requires(.root)) func `root's jail that stays root has none of its power`() async throws {
    var sandbox = Self.sharingUsers()
    sandbox.credentials = .current
    let attempts =
      Jailed.attempt + """
        print(os.getuid(), attempt(lambda: os.setuid(1)), attempt(lambda: os.chown("/tmp", 1, 1)), attempt(lambda: os.sethostname("x") if hasattr(os, "sethostname") else socket.sethostname("x")))
        print(attempt(lambda: call(272, 0x10000000)), attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)))
        """
    #expect(try await Jailed.python(attempts, in: sandbox) == "0 EPERM EPERM EPERM\nEPERM EPERM\n")
    // With everything open, the kernel would let root do each.
    #expect(
      try Unjailed.python(Jailed.attempt + "print(attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()))")
        == "ok\n")
    #expect(try await sandbox.spawn(.init("/bin/true")).enforcement.openings.contains { $0.path == "credentials" })
  }

  /// They are root's, and so is it: only their mounts stand between it and what all of the host writes to.
  @Test(.requires(.root)) func `root's jail that stays root does not own the host's devices`() async throws {
    let directory = try TemporaryDirectory(), node = directory.path + "/full"
    #expect(mknod(node, S_IFCHR | 0o666, 1 << 8 | 7) == 0)
    let attempts =
      Jailed.attempt + """
        for path in sys.argv[1:]:
            print(
                attempt(lambda: os.chmod(path, 0o666)), attempt(lambda: os.utime(path)), attempt(lambda: os.chown(path, 0, 0)),
                attempt(lambda: os.setxattr(path, "trusted.x", b"")), attempt(lambda: open(path, "w").close()))
        if len(sys.argv) > 2: print(attempt(lambda: os.fchmod(0, 0o666)), attempt(lambda: os.fchmod(2, 0o666)))
        """
    var sandbox = Self.sharingUsers()
    sandbox.credentials = .current
    sandbox.filesystem.mounts += [.device(node, at: "/dev/given", because: "a test"), .masked("/usr/bin/perl")]
    let names =
      ["null", "zero", "full", "random", "urandom", "given"].map { "/dev/\($0)" } + ["/proc/kallsyms", "/usr/bin/perl"]
    let command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", attempts] + names, input: .none, error: .discarded)
    let refused = "EROFS EROFS EROFS EROFS ok\n"
    let expected = String(repeating: refused, count: names.count) + (Kernel.isAtLeast(5, 12) ? "EROFS EROFS\n" : "ok ok\n")
    #expect(try await sandbox.run(command).standardOutput == expected)
    let prepared = try await sandbox.prepare()
    #expect(try await prepared.run(command).standardOutput == expected)
    let control = try Unjailed.run("/usr/bin/python3", ["-c", attempts, node]).output
    #expect(control.hasPrefix("ok ok ok ") && control.contains(" ok\n"), "\(control)")
  }

  @Test(.requires(.root)) func `what it keeps counts on the host, and takes a reason unless it is harmless`() async throws {
    var sandbox = Self.sharingUsers()
    sandbox.namespaces.network = .host(because: "the test binds a port")
    let bind =
      "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print('raw')"
    #expect(!(try await sandbox.run("/usr/bin/python3", arguments: ["-c", bind]).isSuccess), "the control")
    sandbox.capabilities = .keeping([.netRaw])
    #expect(try await Jailed.python(bind, in: sandbox) == "raw\n")
    // It gives them up when the program runs.
    let own = "for i in {1..250}; do grep -E '^CapEff:.0{16}$' /proc/1/status && break; sleep 0.02; done"
    #expect(try await Jailed.shell(own, in: sandbox) == "CapEff:\t0000000000000000\n", "its init keeps none")
    sandbox.capabilities = .keeping([.chown])
    #expect(HostProcessTests.problems(sandbox) == ["capabilities.reason"])
  }

  @Test(.requires(.root)) func `an id or a right that this process lacks is known before anything is done`() async throws {
    var sandbox = Self.sharingUsers()
    (sandbox.credentials.user, sandbox.credentials.group, sandbox.credentials.groups) = (54_321, 54_322, [54_323])
    var host = try sandbox.host()
    #expect(sandbox.problems(on: host).isEmpty)
    (host.mappedUsers, host.mappedGroups) = ([0..<54_322], [0..<54_323])
    #expect(sandbox.problems(on: host).map(\.path.description) == ["credentials.groups"])
    (host.mappedUsers, host.mappedGroups) = ([0..<1000], [0..<1000])
    #expect(
      sandbox.problems(on: host).map(\.path.description) == ["credentials.user", "credentials.group", "credentials.groups"])
    // What this very process lacks, some of which each container does.
    for capability in CapabilitySet.all.subtracting(host.capabilities).sorted {
      sandbox.capabilities = .keeping([capability], because: "the test asks for what is not to be had")
      #expect(HostProcessTests.problems(sandbox) == ["capabilities.permitted"], "\(capability)")
    }
    sandbox.capabilities = .keeping([.kill], because: "the control")
    #expect(HostProcessTests.problems(sandbox) == [])
  }

  @Test(.requires(.root)) func `a setting of its own network is written, and the host's limits of namespaces stay`() async throws
  {
    let path = "/proc/sys/user/max_user_namespaces"
    let before = try Text.of(path)
    var sandbox = Self.sharingUsers()
    sandbox.namespaces.sysctls = ["net.ipv4.ip_default_ttl": "77"]
    for isShown in [true, false] {
      if !isShown { sandbox.filesystem.mounts.removeAll { $0 == .proc } }
      let read = isShown ? "cat /proc/sys/net/ipv4/ip_default_ttl" : "echo 77"
      #expect(try await Jailed.shell(read, in: sandbox) == "77\n")
    }
    #expect(try Text.of(path) == before)
  }

  @Test(.requires(.user)) func `an ordinary user's jail cannot have other namespaces beside the host's users`() throws {
    var sandbox = Self.sharingUsers()
    let problems = HostProcessTests.problems(sandbox)
    for kind in ["mount", "pid", "network", "ipc", "uts", "cgroup", "time"] { #expect(problems.contains("namespaces.\(kind)")) }
    #expect(problems.contains("credentials.user") && problems.contains("capabilities.bounding"))
    #expect(problems.contains("capabilities.secureBits"))
    sandbox.namespaces.users = .subordinate
    #expect(HostProcessTests.problems(sandbox).contains("namespaces.users"))
  }

  /// What needs no right: limits, the filter, no new privileges, descriptors, a session, an environment.
  @Test func `everything of the host's still is filtered, limited, and ended`() async throws {
    var sandbox = Sandbox()
    sandbox.namespaces = .none(because: "the test shares all of them")
    sandbox.filesystem = .unchanged(because: "the test reads the host's")
    sandbox.credentials = .current
    sandbox.capabilities.bounding = .all
    sandbox.capabilities.secureBits = []
    sandbox.limits.openFiles = 33
    // A slow machine takes its time.
    sandbox.deadline = .seconds(600)
    let mark = "all-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
    let command = """
      for kind in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$kind; done; ulimit -n; id -u
      grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/self/status | tr '\\t' ' '; (setsid sleep 600 \(mark) 2>/dev/null || setsid python3 -c 'import time; time.sleep(600)' \(mark) &) 
      """
    let outcome = try await sandbox.run("/bin/bash", arguments: ["-c", command])
    let links = try ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"].map { try HostProcessTests.link($0) }.joined()
    #expect(
      outcome.standardOutput == links + "33\n\(geteuid())\nCapEff: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\n", "\(outcome)")
    #expect(HostProcessTests.marked(mark) == [])
    #expect(outcome.enforcement.openings.count >= 8)
    let make = Jailed.attempt + "print(attempt(lambda: call(272, 0x10000000)))"  // unshare(CLONE_NEWUSER), x86_64
    #expect(try await Jailed.python(make, in: sandbox) == "EPERM\n")
    #expect(try Unjailed.python(make) == "ok\n", "the control")
    let living = try await sandbox.spawn(.init("/bin/bash", arguments: ["-c", "read line"], input: .writer))
    #expect(try await living.run(.init("/bin/bash", arguments: ["-c", "ulimit -n"])).standardOutput == "33\n")
    await living.kill()
  }

  @Test func `what is prepared of the three is a plan`() async throws {
    var sandbox = HostProcessTests.sharingProcesses()
    sandbox.namespaces.mount = .host(because: "the test")
    sandbox.filesystem = .unchanged(because: "the test")
    let prepared = try await sandbox.prepare()
    #expect(prepared.plan == Plan())
    for _ in 0..<2 {
      let outcome = try await prepared.run("/usr/bin/readlink", arguments: ["/proc/self/ns/pid", "/proc/self/ns/mnt"])
      #expect(outcome.standardOutput == (try HostProcessTests.link("pid") + HostProcessTests.link("mnt")))
    }
    sandbox.filesystem = RootfsPolicy()
    await #expect(throws: Sandbox.Error.self) { try await sandbox.prepare() }
  }
}
