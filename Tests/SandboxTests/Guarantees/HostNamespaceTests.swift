import Glibc
import Testing

@testable import Sandbox
@testable import SandboxPlanning

/// Jails that share with the host what others are built on.
@Suite("The host's users, mounts and processes") struct HostNamespaceTests {
  private static func link(_ kind: String) throws -> String {
    try Unjailed.run("/usr/bin/readlink", ["/proc/self/ns/\(kind)"]).output
  }

  /// The processes that carry this mark in their arguments.
  private static func marked(_ mark: String) -> [pid_t] {
    Leftovers.names(in: "/proc").compactMap { pid_t($0) }.filter {
      // One that is dead has no arguments any more.
      (try? Text.of("/proc/\($0)/cmdline"))?.contains(mark) == true
    }
  }

  private static func isGone(_ mark: String) async throws -> Bool {
    for _ in 0..<250 where !marked(mark).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
    return marked(mark).isEmpty
  }

  /// Three that no hang-up and no polite signal ends: a child, an orphan in a session of its own, and that one's orphan.
  private static func daemons(_ mark: String) -> String {
    """
    cat > /tmp/daemons <<'END'
    import os, signal, sys, time
    ready, settled = os.pipe()
    def settle():
        signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.write(settled, b"x"); time.sleep(600); os._exit(0)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            if os.fork() == 0: settle()
            settle()
        os._exit(0)
    if os.fork() == 0: settle()
    while len(os.read(ready, 1)) and (count := globals().get("count", 0) + 1) < 3: pass
    print("up", flush=True)
    END
    python3 /tmp/daemons \(mark)
    """
  }

  // MARK: Processes

  private static func sharingProcesses() -> Sandbox {
    var sandbox = Sandbox()
    sandbox.namespaces.pid = .host(because: "the test looks at the host's processes")
    return sandbox
  }

  @Test func `a jail sees the host's processes, and its /proc is covered as any`() async throws {
    let victim = try Victim()
    let look = "[ -d /proc/\(victim.pid) ] && echo seen; readlink /proc/self/ns/pid"
    #expect(try await Jailed.shell("\(look); true") != "seen\n\(try Self.link("pid"))", "the control: not in a jail of its own")
    #expect(try await Jailed.shell(look, in: Self.sharingProcesses()) == "seen\n\(try Self.link("pid"))")
    let covered =
      Jailed.attempt + """
        print(attempt(lambda: open("/proc/sys/vm/swappiness", "w").write("1")))
        print(attempt(lambda: open("/proc/keys").read()) if os.path.exists("/proc/keys") else "ok")
        print(len(open("/proc/keys").read()), os.path.exists("/proc/kcore") and len(open("/proc/kcore", "rb").read(1)))
        for what in ("environ", "root/etc", "cwd", "mem"):
            print(attempt(lambda: os.stat(f"/proc/\(getpid())/{what}") and open(f"/proc/\(getpid())/{what}").close()))
        """
    let seen = lines(try await Jailed.python(covered, in: Self.sharingProcesses()))
    #expect(["EROFS", "EACCES"].contains(seen[0]))
    #expect(seen[2].hasPrefix("0 "), "\(seen)")
    #expect(seen.suffix(4).allSatisfy { ["EACCES", "EPERM"].contains($0) }, "a user namespace of its own forbids it: \(seen)")
    // The control: where the file is another one's.
    #expect(try Unjailed.python("print(len(open('/proc/\(getpid())/environ', 'rb').read()) >= 0)") == "True\n")
  }

  @Test func `a process of the jail's user is within its reach, and others' are not`() async throws {
    let victim = try Victim()
    let kill = Jailed.attempt + "print(attempt(lambda: os.kill(\(victim.pid), 0)))"
    // As root the payload is somebody whom nobody else is.
    #expect(try await Jailed.python(kill, in: Self.sharingProcesses()) == (geteuid() == 0 ? "EPERM\n" : "ok\n"))
    #expect(victim.isRunning)
  }

  @Test func `what its program has started ends with it`() async throws {
    for way in ["end", "kill", "deadline", "release"] {
      let mark = "mark-\(way)-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
      var sandbox = Self.sharingProcesses()
      if way == "deadline" { sandbox.deadline = .seconds(10) }
      let wait = way == "end" ? "" : "; sleep 600 "
      var process: Sandbox.Process? = try await sandbox.spawn(
        .init("/bin/bash", arguments: ["-c", Self.daemons(mark) + wait], output: .sequence))
      var iterator = process!.standardOutput!.makeAsyncIterator()
      #expect(try await iterator.next().map { String(decoding: $0, as: UTF8.self) } == "up\n")
      if way != "end" { #expect(Self.marked(mark).count >= 3, "the control: they live") }
      switch way {
      case "kill": await process!.kill()
      case "release": break
      default: _ = try await process!.wait()
      }
      // Once it has come back, nothing is left; who lets go does not wait.
      if way == "release" { process = nil } else { #expect(Self.marked(mark) == [], "\(way)") }
      #expect(try await Self.isGone(mark), "\(way)")
    }
  }

  /// The control of the two tests beside it, and of a step that fails.
  @Test func `without its step, what the program has started would live on`() async throws {
    let mark = "control-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
    let sandbox = Self.sharingProcesses()
    let command = Sandbox.Command("/bin/bash", arguments: ["-c", Self.daemons(mark)])
    let host = try sandbox.host()
    var plan = try sandbox.planned(for: command, on: host)
    let step = try #require(plan.steps.firstIndex { $0.operation.name == "adopt-orphans" })
    for index in [step, try #require(plan.steps.firstIndex { $0.operation.name == "open-tree" })] {
      var encoder = PlanEncoder(plan)
      encoder.fail(step: index, with: EMFILE)
      let error = await #expect(throws: Sandbox.Error.self) {
        try await sandbox.spawn(command, encoder, on: host, by: .own).wait()
      }
      #expect(error?.step?.index == index && error?.errno == EMFILE)
    }
    plan.steps.remove(at: step)
    #expect(try await sandbox.spawn(command, PlanEncoder(plan), on: host, by: .own).wait().isSuccess)
    let left = Self.marked(mark)
    #expect(left.count == 3)
    for pid in left { kill(pid, SIGKILL) }
    #expect(try await Self.isGone(mark))
  }

  @Test func `a bomb of forks ends with it`() async throws {
    let mark = "bomb-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
    var sandbox = Self.sharingProcesses()
    sandbox.deadline = .seconds(2)
    let bomb = """
      import os, sys, time
      print("up", flush=True)
      # Each has one child, and ends: always another one.
      for _ in range(20):
          if os.fork() == 0:
              while True:
                  if os.fork(): os._exit(0)
      time.sleep(600)
      """
    let outcome = try await sandbox.run("/usr/bin/python3", arguments: ["-c", bomb, mark])
    #expect(outcome.verdict == .timedOut(.wallClock) && outcome.standardOutput == "up\n", "\(outcome)")
    #expect(Self.marked(mark) == [])
  }

  @Test func `a host that is killed takes all of it along`() async throws {
    let path = "/tmp/host-namespaces-\(geteuid())"
    defer { unlink(path) }
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let mark = "host-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
      let process = try await HostNamespaceTests.sharingProcesses().spawn(
        .init("/bin/bash", arguments: ["-c", HostNamespaceTests.daemons(mark) + "; sleep 600 "], output: .sequence))
      var iterator = process.standardOutput!.makeAsyncIterator()
      _ = try await iterator.next()
      precondition(HostNamespaceTests.marked(mark).count >= 3)
      try Text.write(mark, to: "/tmp/host-namespaces-\(geteuid())")
      kill(getpid(), SIGKILL)
      _ = try await process.wait()
    }
    let mark = try Text.of(path)
    #expect(mark.hasPrefix("host-"))
    #expect(try await Self.isGone(mark))
  }

  @Test func `an init that is killed takes its program along, and leaves the rest, as is said`() async throws {
    let mark = "left-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
    let process = try await Self.sharingProcesses().spawn(
      .init("/bin/bash", arguments: ["-c", Self.daemons(mark) + "; exec sleep 600 "], output: .sequence))
    var iterator = process.standardOutput!.makeAsyncIterator()
    #expect(try await iterator.next().map { String(decoding: $0, as: UTF8.self) } == "up\n")
    let said = process.enforcement.openings.first { $0.path == "namespaces.pid" && $0.reason.contains("leaves what the program") }
    #expect(said != nil)
    let daemons = Self.marked(mark)
    #expect(daemons.count >= 3)
    let own = "/proc/\(process.processIdentifier)"
    let program = try #require(
      try Text.of("\(own)/task/\(process.processIdentifier)/children").split(separator: " ").first, "the oldest of its children")
    #expect(kill(process.processIdentifier, SIGKILL) == 0)
    #expect(try await process.wait().verdict == .lost)
    for _ in 0..<250 where access("/proc/\(program)", F_OK) == 0 { try await Task.sleep(for: .milliseconds(20)) }
    #expect(access("/proc/\(program)", F_OK) != 0)
    #expect(Self.marked(mark).count >= 3)
    for pid in Self.marked(mark) { kill(pid, SIGKILL) }
    #expect(try await Self.isGone(mark))
  }

  @Test func `a further program is the jail's, and what it has started ends with it`() async throws {
    let mark = "further-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
    let process = try await Self.sharingProcesses().spawn(.init("/bin/bash", arguments: ["-c", "read line"], input: .writer))
    let look = "readlink /proc/self/ns/pid /proc/self/ns/mnt; "
    let outcome = try await process.run(.init("/bin/bash", arguments: ["-c", look + Self.daemons(mark)]))
    let seen = lines(outcome.standardOutput)
    #expect(seen.first.map { $0 + "\n" } == (try Self.link("pid")) && seen.last == "up", "\(outcome)")
    #expect(seen.dropFirst().first.map { $0 + "\n" } != (try Self.link("mnt")))
    #expect(Self.marked(mark) == [])
    try await process.standardInput!.write("x\n")
    #expect(try await process.wait().isSuccess)
  }

  @Test func `a further program ends with its jail, which is gone when that is`() async throws {
    let mark = "ending-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
    let jail = try await Self.sharingProcesses().spawn(.init("/bin/bash", arguments: ["-c", "read line"], input: .writer))
    let program = try await jail.spawn(
      .init("/bin/bash", arguments: ["-c", "\(Self.daemons(mark)); sleep 600"], output: .sequence))
    var output = program.standardOutput!.makeAsyncIterator()
    _ = try await output.next()
    #expect(Self.marked(mark).count >= 3, "the control: they run")
    try await jail.standardInput!.write("x\n")
    #expect(try await jail.wait().isSuccess)
    #expect(Self.marked(mark) == [])
    #expect(try await program.wait().verdict == .ended)
  }

  @Test(.requires(.root)) func `a proc of another pid namespace's is an error, not somebody else's numbers`() throws {
    let tool = "\(SwiftPayload.buildDirectory)/sandbox"
    let run = "'\(tool)' run --share user=test --share pid=test --keep-ids -- /bin/true"
    func said(_ more: [String]) throws -> Unjailed.Result {
      try Unjailed.run("/usr/bin/unshare", ["--pid", "--fork"] + more + ["/bin/sh", "-c", "\(run) 2>&1"])
    }
    let wrong = try said([])
    #expect(wrong.status != 0 && wrong.output.contains("readlinkat"), "\(wrong)")
    #expect(try said(["--mount-proc"]).status == 0, "the control")
  }

  @Test func `what an init without a pid namespace could not keep is an error`() throws {
    var sandbox = Self.sharingProcesses()
    sandbox.filesystem.mounts[1] = .proc(hidepid: .invisible)
    #expect(Self.problems(sandbox) == ["filesystem.mounts[1]"])
    sandbox = Self.sharingProcesses()
    sandbox.capabilities = .keeping([.setuid])
    if geteuid() == 0 {
      sandbox.namespaces.users = .mappings([IDMapping(inside: 1000, outside: 200_000, count: 10)])
      #expect(Self.problems(sandbox).contains("namespaces.pid"))
    }
    sandbox.namespaces.pid = .existing(at: "/proc/1/ns/pid", because: "the test")
    #expect(Self.problems(sandbox).contains("namespaces.pid"))
  }

  private static func problems(_ sandbox: Sandbox) -> [String] {
    do throws(Sandbox.Error) {
      try sandbox.validate(for: .spawn)
      return []
    } catch {
      return error.problems.map(\.path.description)
    }
  }

  // MARK: Mounts

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
    #expect(seen == "\(try Self.link("mnt"))theirs\n\(geteuid() == 0 ? "refused\n" : "")")
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
    #expect(Self.problems(sandbox) == ["filesystem.entryRoot"])
    sandbox = Self.sharingMounts()
    sandbox.filesystem.mounts = [.proc]
    sandbox.filesystem.rootChange = .chroot
    #expect(Self.problems(sandbox) == ["filesystem.mounts", "filesystem.root"])
    #expect(Self.problems(Self.sharingMounts(.chroot(to: "/nowhere"))) == ["filesystem.entryRoot"])
    #expect(Self.problems(Self.sharingMounts(.chroot(to: "/etc/passwd"))) == ["filesystem.entryRoot"])
    #expect(Self.problems(Self.sharingMounts(.unchanged(because: " "))) == ["filesystem.entryRoot"])
    sandbox = Sandbox()
    sandbox.filesystem.entryRoot = .unchanged(because: "with mounts of its own")
    #expect(Self.problems(sandbox) == ["filesystem.entryRoot"])
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
        \(try Self.link("user"))
        """, "\(seen)")
    let outside = try await Jailed.shell(Self.status)
    #expect(!outside.hasSuffix(try Self.link("user")), "the control: another user namespace")
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
    #expect(Self.problems(sandbox) == ["capabilities.reason"])
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
    let problems = Self.problems(sandbox)
    for kind in ["mount", "pid", "network", "ipc", "uts", "cgroup", "time"] { #expect(problems.contains("namespaces.\(kind)")) }
    #expect(problems.contains("credentials.user") && problems.contains("capabilities.bounding"))
    #expect(problems.contains("capabilities.secureBits"))
    sandbox.namespaces.users = .subordinate
    #expect(Self.problems(sandbox).contains("namespaces.users"))
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
    sandbox.deadline = .seconds(20)
    let mark = "all-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
    let command = """
      for kind in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$kind; done; ulimit -n; id -u
      grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/self/status | tr '\\t' ' '; (setsid sleep 600 \(mark) 2>/dev/null || setsid python3 -c 'import time; time.sleep(600)' \(mark) &) 
      """
    let outcome = try await sandbox.run("/bin/bash", arguments: ["-c", command])
    let links = try ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"].map { try Self.link($0) }.joined()
    #expect(
      outcome.standardOutput == links + "33\n\(geteuid())\nCapEff: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\n", "\(outcome)")
    #expect(Self.marked(mark) == [])
    #expect(outcome.enforcement.openings.count >= 8)
    let make = Jailed.attempt + "print(attempt(lambda: call(272, 0x10000000)))"  // unshare(CLONE_NEWUSER), x86_64
    #expect(try await Jailed.python(make, in: sandbox) == "EPERM\n")
    #expect(try Unjailed.python(make) == "ok\n", "the control")
    let living = try await sandbox.spawn(.init("/bin/bash", arguments: ["-c", "read line"], input: .writer))
    #expect(try await living.run(.init("/bin/bash", arguments: ["-c", "ulimit -n"])).standardOutput == "33\n")
    await living.kill()
  }

  @Test func `what is prepared of the three is a plan`() async throws {
    var sandbox = Self.sharingProcesses()
    sandbox.namespaces.mount = .host(because: "the test")
    sandbox.filesystem = .unchanged(because: "the test")
    let prepared = try await sandbox.prepare()
    #expect(prepared.plan == Plan())
    for _ in 0..<2 {
      let outcome = try await prepared.run("/usr/bin/readlink", arguments: ["/proc/self/ns/pid", "/proc/self/ns/mnt"])
      #expect(outcome.standardOutput == (try Self.link("pid") + Self.link("mnt")))
    }
    sandbox.filesystem = RootfsPolicy()
    await #expect(throws: Sandbox.Error.self) { try await sandbox.prepare() }
  }
}
