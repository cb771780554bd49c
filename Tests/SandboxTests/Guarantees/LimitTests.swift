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
    sandbox.limits.openFiles?.lowersToHost = true
    #expect(try await sandbox.run("/bin/true").isSuccess)
  }

  private static var mayRaise: Bool {
    let status = CredentialTests.fields((try? Text.of("/proc/self/status")) ?? "")
    return (UInt64(status["CapEff"] ?? "0", radix: 16) ?? 0) >> 24 & 1 == 1
  }
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
