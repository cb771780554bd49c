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
