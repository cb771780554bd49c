import Glibc
import Testing

@testable import Sandbox

/// How further programs end: whatever they and their jail do, nothing of them is left, and nobody waits for ever.
@Suite("The end of a further program", .serialized) struct FurtherProgramEndTests {
  /// Stops whatever else appears in its jail, and tells of each whether that was before it ran; asked, lets all go on, and tells
  /// what of them does not end.
  private static let stopper = """
    import os, select, signal, sys, time
    print("ready", flush=True)
    own, known = os.getpid(), set()
    def others(): return [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, own)]
    def is_init(pid): return "init" in open("/proc/%d/comm" % pid).read()
    while not select.select([0], [], [], 0)[0]:
        for pid in others():
            if pid in known: continue
            try:
                if is_init(pid): os.kill(pid, signal.SIGSTOP)
                print("stopped" if is_init(pid) else "missed", flush=True)
                known.add(pid)
            except OSError: pass
    for pid in others(): os.kill(pid, signal.SIGCONT)
    for _ in range(200):
        if not others(): break
        time.sleep(0.1)
    print(others(), flush=True)
    """

  @Test func `one that its jail stops before it runs is gone when it is given up`() async throws {
    let jail = try await Sandbox().spawn(
      .init("/usr/bin/python3", arguments: ["-c", Self.stopper], input: .writer, output: .sequence))
    var lines = jail.standardOutput!.makeAsyncIterator()
    _ = try await lines.next()
    var stopped = 0
    // It has some of them, and not all.
    for _ in 0..<60 where stopped < 6 {
      let further = Task { try await jail.run(.init("/bin/sleep", arguments: ["600"])) }
      if try await lines.next() == Array("stopped\n".utf8) { stopped += 1 }
      further.cancel()
      if case .success(let outcome) = await further.result { Issue.record("\(outcome.verdict)") }
    }
    #expect(stopped > 0)
    try await jail.standardInput!.write("x\n")
    var said = [UInt8]()
    while said.first != UInt8(ascii: "["), let line = try await lines.next() { said = line }
    #expect(String(decoding: said, as: UTF8.self) == "[]\n")
    await jail.kill()
  }

  @Test func `one whose supervisor is killed is gone with that, though it asks for no signal then`() async throws {
    let jail = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
    let program = "import ctypes, time; print(ctypes.CDLL(None).prctl(1, 0, 0, 0, 0), flush=True); time.sleep(600)"
    let further = try await jail.spawn(.init("/usr/bin/python3", arguments: ["-c", program], output: .sequence))
    var lines = further.standardOutput!.makeAsyncIterator()
    #expect(try await lines.next() == Array("0\n".utf8))
    // Never two beside each other: of a pipeline, the first may look before the second has begun.
    let living = Sandbox.Command("/bin/sh", arguments: ["-c", "set -- $(grep -L '^State:.Z' /proc/[0-9]*/status); echo $#"])
    let count = { Int(try await jail.run(living).standardOutput.dropLast()) ?? 0 }
    let before = try await count()
    #expect(kill(further.processIdentifier, SIGKILL) == 0)
    let outcome = try await further.wait()
    #expect(outcome.verdict == .lost && outcome.terminationStatus == nil)
    #expect(try await count() == before - 1)
    await jail.kill()
  }

  @Test func `one that is traced by its jail is ended, though nobody hears how`() async throws {
    // Seizes what is no init and not itself, and never waits for it.
    let tracer = """
      import ctypes, os, time
      libc, own = ctypes.CDLL(None), os.getpid()
      print("ready", flush=True)
      while True:
          for pid in (int(p) for p in os.listdir("/proc") if p.isdigit()):
              if pid not in (1, own) and libc.ptrace(0x4206, pid, 0, 0) == 0: print("seized", flush=True)
          time.sleep(0.01)
      """
    let jail = try await Sandbox().spawn(.init("/usr/bin/python3", arguments: ["-c", tracer], output: .sequence))
    var lines = jail.standardOutput!.makeAsyncIterator()
    _ = try await lines.next()
    let further = try await jail.spawn(.init("/bin/sleep", arguments: ["600"]))
    #expect(try await lines.next() == Array("seized\n".utf8))
    await further.kill()
    let outcome = try await further.wait()
    #expect(outcome.verdict == .ended && outcome.terminationStatus == nil)
    await jail.kill()
  }

  @Test func `a host that is a subreaper keeps none of them, and its jails end`() throws {
    let said = try Unjailed.run("/usr/bin/env", ["SANDBOX_PROBE=reaper", "\(SwiftPayload.buildDirectory)/HostProbe"])
    #expect(lines(said.output) == ["subreaper: 0"] + Self.ends, "\(said)")
  }

  @Test(.requires(.root)) func `a host that is pid 1 keeps none of them, and its jails end`() throws {
    let said = try Unjailed.run(
      "/usr/bin/env",
      [
        "SANDBOX_PROBE=reaper", "/usr/bin/unshare", "--pid", "--fork", "--mount-proc",
        "\(SwiftPayload.buildDirectory)/HostProbe",
      ])
    #expect(lines(said.output) == Self.ends, "\(said)")
  }

  private static let ends = [
    "missing: notFound", "supervisor killed: lost: the jail was killed from outside", "verdict: ended by the host",
    "children left: false",
  ]

  @Test(arguments: [SeccompPolicy.standard, .off(because: "a test")])
  func `it cannot make a child of its supervisor's`(_ filter: SeccompPolicy) async throws {
    // CLONE_PARENT | SIGCHLD; and the same by clone3.
    let program =
      Jailed.attempt + """
        CLONE = 56 if os.uname().machine == "x86_64" else 220
        def sibling():
            pid = libc.syscall(CLONE, 0x8000 | 17, 0, 0, 0, 0)
            if pid == 0: os._exit(0)
            if pid < 0: raise OSError(ctypes.get_errno(), "")
        def sibling3():
            args = (ctypes.c_uint64 * 8)(0x8000)
            pid = libc.syscall(435, args, 64)
            if pid == 0: os._exit(0)
            if pid < 0: raise OSError(ctypes.get_errno(), "")
        print(attempt(sibling), attempt(sibling3), flush=True)
        """
    var sandbox = Sandbox()
    sandbox.filter = filter
    let jail = try await sandbox.spawn(.init("/bin/sleep", arguments: ["600"]))
    let outcome = try await jail.run(.init("/usr/bin/python3", arguments: ["-c", program]))
    #expect(outcome.standardOutput == "EPERM ENOSYS\n", "\(outcome.standardError)")
    await jail.kill()
    // The control, with a parent that reaps what it gets.
    let parent = "import subprocess, sys, os; print(subprocess.run([sys.executable, '-c', sys.argv[1]], stdout=1).returncode)"
    #expect(try Unjailed.run("/usr/bin/python3", ["-c", parent, program]).output == "ok ok\n0\n")
  }

  private static let several: Sandbox = {
    var sandbox = Sandbox()
    sandbox.namespaces.users = .mappings([.init(inside: 1000, outside: 1_879_200_000, count: 10)])
    sandbox.capabilities = .keeping([.setuid, .setgid])
    return sandbox
  }()

  @Test(.requires(.root), arguments: [false, true])
  func `one that has changed its user gets signals, and ends`(isFurther: Bool) async throws {
    let program = """
      import os, signal, time
      signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"caught\\n"))
      os.setresuid(1003, 1003, 1003)
      os.write(1, b"%d\\n" % os.getuid())
      while True: time.sleep(600)
      """
    let command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", program], output: .sequence)
    let jail = try await Self.several.spawn(isFurther ? .init("/bin/sleep", arguments: ["600"]) : command)
    let process = isFurther ? try await jail.spawn(command) : jail
    var lines = process.standardOutput!.makeAsyncIterator()
    #expect(try await lines.next() == Array("1003\n".utf8))
    try await process.send(.user1)
    #expect(try await lines.next().map { String(decoding: $0, as: UTF8.self) } == "caught\n")
    await process.kill()
    let outcome = try await process.wait()
    #expect(outcome.verdict == .ended)
    #expect(outcome.terminationStatus == .signaled(.kill))
    if isFurther {
      let left = try await jail.run(.init("/bin/sh", arguments: ["-c", "cd /proc; echo [0-9]*"])).standardOutput
      #expect(left.split(separator: " ").count == 3, "the init, the first program, and who looks: \(left)")
    }
    await jail.kill()
  }

  @Test(.requires(.root)) func `what its init keeps to end it with, no program has`() async throws {
    for capabilities in [CapabilityPolicy(), .keeping([.setuid, .setgid])] {
      var sandbox = Self.several
      sandbox.capabilities = capabilities
      let sets = "grep ^Cap /proc/self/status | cut -f2 | tr '\\n' ' '"
      let mask = String(capabilities.permitted.mask, radix: 16)
      let kept = String(repeating: "0", count: 16 - mask.count) + mask
      #expect(try await Jailed.shell(sets, in: sandbox) == String(repeating: kept + " ", count: 5))
    }
  }

  @Test func `one whose jail ends meanwhile is told that`() async throws {
    var ended = 0
    for round in 0..<30 {
      let jail = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
      let further = Task { try await jail.run(.init("/bin/sleep", arguments: ["600"])) }
      try await Task.sleep(for: .microseconds(round * 300))
      await jail.kill()
      switch await further.result {
      case .success(let outcome): #expect(outcome.terminationStatus == .signaled(.kill))
      case .failure(let error as Sandbox.Error):
        #expect(error.kind == .ended, "\(error)")
        ended += 1
      case .failure(let error): Issue.record(error)
      }
    }
    #expect(ended > 0)
  }

  @Test(.requires(.root)) func `an init that the host's /proc hides is named as that`() throws {
    let probe = "setpriv --reuid 20001 --regid 20001 --clear-groups --inh-caps=-all '\(SwiftPayload.buildDirectory)/HostProbe'"
    for (option, said) in [("hidepid=2", "hidepid"), ("hidepid=0", "ok")] {
      let script = "mount -t proc -o \(option) proc /proc && SANDBOX_PROBE=further exec \(probe)"
      let result = try Unjailed.run("/usr/bin/unshare", ["--mount", "--propagation", "private", "/bin/sh", "-c", script])
      #expect(result.output.contains(said), "\(option): \(result)")
    }
  }
}
