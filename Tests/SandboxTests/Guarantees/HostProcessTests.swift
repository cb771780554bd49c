import Glibc
import Testing

@testable import Sandbox
@testable import SandboxPlanning

/// Jails that share the host's process numbers, whose init is nobody's pid 1.
@Suite("The host's processes") struct HostProcessTests {
  static func link(_ kind: String) throws -> String {
    try Unjailed.run("/usr/bin/readlink", ["/proc/self/ns/\(kind)"]).output
  }

  /// The processes that carry this mark in their arguments.
  static func marked(_ mark: String) -> [pid_t] {
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

  static func sharingProcesses() -> Sandbox {
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
      if way == "deadline" { sandbox.deadline = .seconds(20) }
      let wait = way == "end" ? "" : "; sleep 600 "
      var process: Sandbox.Process? = try await sandbox.spawn(
        .init("/bin/bash", arguments: ["-c", Self.daemons(mark) + wait], output: .sequence))
      var iterator = process!.standardOutput!.makeAsyncIterator()
      #expect(try await iterator.next().map { String(decoding: $0, as: UTF8.self) } == "up\n")
      // On a slow machine the deadline may have passed by now.
      if way == "kill" || way == "release" { #expect(Self.marked(mark).count >= 3, "the control: they live") }
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

  /// It has its init's id.
  @Test func `one that keeps its init stopped ends by its deadline`() async throws {
    let program = """
      import os, signal, time
      init, end = os.getppid(), time.monotonic() + 60
      os.fork()
      while time.monotonic() < end: os.kill(init, signal.SIGSTOP)
      """
    var sandbox = Self.sharingProcesses()
    sandbox.deadline = .seconds(2)
    let start = ContinuousClock.now
    let mark = "stopper-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
    let outcome = try await sandbox.run(.init("/usr/bin/python3", arguments: ["-c", program, mark]))
    #expect(try await Self.isGone(mark))
    #expect(outcome.verdict == .timedOut(.wallClock), "\(outcome.verdict)")
    #expect(ContinuousClock.now - start < .seconds(25), "not when the host has lost its patience")
  }

  @Test func `a bomb of forks ends with it`() async throws {
    let mark = "bomb-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
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
    var said = ""
    // On a slow machine it has not begun by then.
    for seconds in [6, 60] where said.isEmpty {
      var sandbox = Self.sharingProcesses()
      sandbox.deadline = .seconds(seconds)
      let outcome = try await sandbox.run("/usr/bin/python3", arguments: ["-c", bomb, mark])
      #expect(outcome.verdict == .timedOut(.wallClock), "\(outcome)")
      said = outcome.standardOutput
      #expect(Self.marked(mark) == [])
    }
    #expect(said == "up\n")
  }

  @Test func `a host that is killed takes all of it along`() async throws {
    let path = "/tmp/host-namespaces-\(geteuid())"
    defer { unlink(path) }
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let mark = "host-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
      let process = try await HostProcessTests.sharingProcesses().spawn(
        .init("/bin/bash", arguments: ["-c", HostProcessTests.daemons(mark) + "; sleep 600 "], output: .sequence))
      var iterator = process.standardOutput!.makeAsyncIterator()
      _ = try await iterator.next()
      precondition(HostProcessTests.marked(mark).count >= 3)
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
    #expect(wrong.output.contains("hint: the host's /proc is another pid namespace's: mount -t proc proc /proc"))
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

  static func problems(_ sandbox: Sandbox) -> [String] {
    do throws(Sandbox.Error) {
      try sandbox.validate(for: .spawn)
      return []
    } catch {
      return error.problems.map(\.path.description)
    }
  }
}
