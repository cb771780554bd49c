import Glibc
import Sandbox
import Testing

@Suite("Limits") struct LimitTests {
  @Test func `the defaults are bounded`() async throws {
    let limits = try await Jailed.python(
      """
      import resource as r
      for name in ["CORE", "NOFILE", "MEMLOCK", "RTPRIO"]:
          print(name, *r.getrlimit(getattr(r, "RLIMIT_" + name, 14 if name == "RTPRIO" else None)))
      """)
    #expect(lines(limits)[0] == "CORE 0 0")
    #expect(lines(limits)[1] == "NOFILE 1024 4096")
    #expect(lines(limits)[3] == "RTPRIO 0 0")
  }

  @Test func `what is set is in force`() async throws {
    var sandbox = Sandbox()
    sandbox.limits.openFiles = 16
    sandbox.limits.fileSize = 4096
    let outcome = try await Jailed.python(
      Jailed.attempt + """
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        held = []
        print(attempt(lambda: [held.append(os.open("/dev/null", 0)) for _ in range(20)]), len(held) < 16)
        [os.close(n) for n in held]
        print(attempt(lambda: os.write(os.open("/tmp/x", os.O_CREAT | os.O_WRONLY), b"x" * 4096)))
        print(attempt(lambda: os.write(os.open("/tmp/x", os.O_APPEND | os.O_WRONLY), b"x")))
        """, in: sandbox)
    #expect(outcome == "EMFILE True\nok\nEFBIG\n")
  }

  /// Root of a guest may raise it; the lane of an ordinary user always runs this.
  @Test(.enabled(if: !LimitTests.mayRaise, "the tests may raise their limits"))
  func `raising beyond the host's is an error that says what helps`() async throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(7), &limit)
    var sandbox = Sandbox()
    sandbox.limits.openFiles = .init(soft: 1024, hard: UInt64(limit.rlim_max) + 1)
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(error?.kind == .setup)
    #expect(error?.description.hasPrefix("limits.openFiles: prlimit64(") == true)
    #expect(error?.description.contains("\n  hint: the host's hard limit is lower") == true)
    sandbox.limits.openFiles = sandbox.limits.openFiles?.clamped
    #expect(try await sandbox.run("/bin/true").isSuccess)
  }

  /// Root of a guest may.
  @Test(.enabled(if: LimitTests.mayRaise, "the tests may not raise their limits; those in a guest may"))
  func `who may raise limits, raises them for a jail`() async throws {
    let own = try ResourceLimitState()[.openFiles].hard
    var sandbox = Sandbox()
    sandbox.limits.openFiles = .init(soft: 512, hard: own + 1)
    #expect(try await Jailed.shell("ulimit -Sn; ulimit -Hn", in: sandbox) == "512\n\(own + 1)\n")
    let prepared = try await sandbox.prepare()
    #expect(try await prepared.run("/bin/sh", arguments: ["-c", "ulimit -Hn"]).standardOutput == "\(own + 1)\n")
    await prepared.end()
    #expect(try ResourceLimitState()[.openFiles].hard == own, "the host's is as it was")
  }

  @Test func `each limit is in force, as the kernel shows it`() async throws {
    var sandbox = Sandbox()
    var expected: [String] = []
    let own = try ResourceLimitState()
    for limit in ResourceLimit.allCases {
      // Enough to live with, each another number, and none above the host's.
      let hard = min(
        [.bytes: 1 << 40, .microseconds: 1 << 30, .seconds: 1000, .count: 500][limit.unit]! + UInt64(limit.rawValue),
        own[limit].hard)
      let soft = hard - min(hard, 1)
      sandbox.limits[limit] = .init(soft: soft, hard: hard)
      expected.append("\(limit.kernelName.uppercased()) \(soft) \(hard)")
    }
    // prlimit(1) knows the same names.
    let seen = try await Jailed.shell("prlimit --raw --noheadings --output RESOURCE,SOFT,HARD --pid $$", in: sandbox)
    #expect(Set(lines(seen)) == Set(expected))
  }

  @Test func `infinity is infinite, and what is not managed the host's`() async throws {
    var sandbox = Sandbox()
    let own = try ResourceLimitState()
    sandbox.limits.cpuTime = own[.cpuTime].hard == .max ? .infinite : own[.cpuTime]
    sandbox.limits.stack = nil
    sandbox.limits.lockedMemory = ResourceLimitBounds.infinite.clamped
    let seen = try await Jailed.shell("ulimit -Ht; ulimit -Hs; ulimit -Hl", in: sandbox)
    let unlimited = { (value: UInt64, unit: UInt64) in value == .max ? "unlimited" : String(value / unit) }
    #expect(
      lines(seen) == [
        unlimited(own[.cpuTime].hard, 1), unlimited(own[.stack].hard, 1024), unlimited(own[.lockedMemory].hard, 1024),
      ])
  }

  @Test func `processes are stopped by RLIMIT_NPROC`() async throws {
    let program =
      Jailed.attempt + """
        def start():
            if os.fork() == 0:
                import time
                time.sleep(600)
        started = 0
        while started < 100 and attempt(start) == "ok": started += 1
        print(started)
        """
    var sandbox = Sandbox()
    sandbox.limits.processes = 20
    // Before Linux 5.14 a user's processes on the host count as well.
    let stopped = try #require(Int(try await Jailed.python(program, in: sandbox).trimmed))
    #expect(stopped <= 18, "the init and the program itself count")
    if Kernel.isAtLeast(5, 14) { #expect(stopped == 18) }
    #expect(try await Jailed.python(program) == "100\n", "the control")
  }

  @Test(.enabled(if: Kernel.isAtLeast(5, 14), "before Linux 5.14 the jails of all other tests count as well"))
  func `jails that share a user namespace are counted together`() async throws {
    var sandbox = Sandbox()
    sandbox.limits.processes = 20
    let prepared = try await sandbox.prepare()
    let first = try await prepared.spawn(
      .init("/bin/sh", arguments: ["-c", "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 600 & done; echo; wait"], output: .sequence))
    for try await _ in try #require(first.standardOutput) { break }
    let program =
      Jailed.attempt + """
        import time
        def start():
            if os.fork() == 0: time.sleep(600)
        started = 0
        while started < 100 and attempt(start) == "ok": started += 1
        print(started)
        """
    let second = try await prepared.run("/usr/bin/python3", arguments: ["-c", program])
    let count = try #require(Int(second.standardOutput.trimmed))
    #expect(count <= 8, "twelve of the twenty are the first jail's")
    await first.kill()
    await prepared.end()
  }

  private static var mayRaise: Bool { SchedulingTests.holds(24) }
}

/// What a jail takes of its user's, or of root's, who made its namespace.
@Suite("Shares of the host's limits", .serialized) struct ShareTests {
  @Test func `a jail takes a few inotify instances, terminals and signals, and leaves the host's`() async throws {
    let program =
      Jailed.attempt + """
        import pty
        def count(make, most):
            for n in range(most):
                if make() < 0: return n
            return most
        print(count(libc.inotify_init, 200))
        terminals = 0
        try:
            while terminals < 200: pty.openpty(); terminals += 1
        except OSError: pass
        print(terminals)
        print([line.split("/")[1].strip() for line in open("/proc/1/status") if line.startswith("SigQ")])
        libc.mq_open.restype = ctypes.c_int
        print(libc.mq_open(b"/q", os.O_CREAT | os.O_RDWR, 0o600, None) >= 0)
        """
    var sandbox = Sandbox()
    sandbox.limits.openFiles = 1024
    let seen = try await Jailed.python(program, in: sandbox)
    #expect(seen == "8\n64\n['64']\nFalse\n")
    // The control: unjailed, there is more of each.
    let host = try Unjailed.python(
      "import ctypes, os; l = ctypes.CDLL(None); print(all(l.inotify_init() >= 0 for _ in range(20)), l.mq_open(b'/sandbox-control', os.O_CREAT | os.O_RDWR, 0o600, None) >= 0, l.mq_unlink(b'/sandbox-control') == 0)"
    )
    #expect(host == "True True True\n")
  }
}
