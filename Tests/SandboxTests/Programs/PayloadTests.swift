import Glibc
import Sandbox
import Testing

/// Payloads that end, or do not, in every way there is: the right verdict, and nothing left.
@Suite("Payloads", .serialized) struct PayloadTests {
  /// Runs a script and looks for what it leaves in this process.
  private func run(_ script: String, deadline: Duration? = .seconds(60)) async throws -> Sandbox.Outcome {
    try await run(.init("/bin/bash", arguments: ["-c", script]), deadline: deadline)
  }

  private func run(_ command: Sandbox.Command, deadline: Duration? = .seconds(60)) async throws -> Sandbox.Outcome {
    var sandbox = Sandbox()
    sandbox.deadline = deadline
    return try await sandbox.run(command)
  }

  private func python(_ program: String) async throws -> Sandbox.Outcome {
    try await run(.init("/usr/bin/python3", arguments: ["-c", program]))
  }

  @Test(arguments: [0, 1, 2, 7, 42, 124, 125, 126, 127, 128, 137, 200, 254, 255]) func `exits with a status`(_ status: Int)
    async throws
  {
    let outcome = try await run("exit \(status)")
    #expect(outcome.terminationStatus == .exited(status))
    #expect(outcome.verdict == .finished)
  }

  @Test func `aborts`() async throws {
    #expect(try await python("import os; os.abort()").terminationStatus == .signaled(.abort))
  }

  @Test(.requires(.gcc)) func `fails an assertion`() async throws {
    let outcome = try await run(
      #"printf '#include <assert.h>\nint main(void) { assert(1 > 2); }\n' > a.c && gcc -o a a.c && exec ./a"#)
    #expect(outcome.terminationStatus == .signaled(.abort))
    #expect(outcome.standardError.contains("Assertion `1 > 2' failed"))
  }

  @Test func `segfaults`() async throws {
    #expect(try await python("import ctypes; ctypes.string_at(0)").terminationStatus == .signaled(.segmentationFault))
  }

  @Test(arguments: [1, 2, 9, 11, 13, 15, 31, 34]) func `raises a signal`(_ signal: Int32) async throws {
    let outcome = try await python(
      "import os, signal\nif \(signal) != 9: signal.signal(\(signal), signal.SIG_DFL)\nos.kill(os.getpid(), \(signal))\nimport time; time.sleep(10)"
    )
    #expect(outcome.terminationStatus == .signaled(.init(rawValue: signal)))
    #expect(outcome.verdict == .finished)
  }

  @Test func `forks a thousand orphans, which the init reaps`() async throws {
    let outcome = try await python(
      """
      import os, time
      for _ in range(1000):
          if os.fork() == 0:
              if os.fork() == 0:
                  os._exit(0)
              os._exit(0)
          os.wait()
      for _ in range(1000):
          states = [open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()[0] for p in os.listdir("/proc") if p.isdigit() and os.path.exists(f"/proc/{p}/stat")]
          if states == ["S", "R"]: break  # the init waits again, and this is all there is beside it
          time.sleep(0.01)
      print(states)
      """)
    #expect(outcome.standardOutput.trimmed.hasPrefix("['S', 'R']"), "\(outcome.standardError)")
  }

  @Test func `ignores SIGTERM until the deadline`() async throws {
    let outcome = try await run("trap '' TERM; echo ready; while :; do sleep 1; done", deadline: .milliseconds(500))
    #expect(outcome.verdict == .timedOut(.wallClock))
    #expect(outcome.terminationStatus == .signaled(.kill))
    #expect(outcome.standardOutput == "ready\n")
    #expect(try #require(outcome.usage.wallTime) >= .milliseconds(490))
  }

  @Test func `daemonises, and is gone with the payload`() async throws {
    let outcome = try await run("setsid bash -c 'sleep 600; echo late' </dev/null >/dev/null 2>&1 & disown; echo left")
    #expect(outcome.standardOutput == "left\n")
    #expect(outcome.terminationStatus == .exited(0))
  }

  @Test func `closes its streams`() async throws {
    let outcome = try await run("exec <&- >&- 2>&-; sleep 0.2; exit 5")
    #expect(outcome.terminationStatus == .exited(5))
  }

  @Test func `leaves a grandchild that holds its output`() async throws {
    let clock = ContinuousClock()
    let time = try await clock.measure {
      let outcome = try await run("echo mine; (sleep 600; echo late) & exit 3")
      #expect(outcome.standardOutput == "mine\n")
      #expect(outcome.terminationStatus == .exited(3))
    }
    #expect(time < .seconds(30), "it does not wait for the grandchild")
  }

  @Test func `signals its process group and everything`() async throws {
    let outcome = try await run("trap 'exit 9' USR1; kill -USR1 0; sleep 5; exit 1")
    #expect(outcome.terminationStatus == .exited(9))
    #expect(try await run("kill -9 -1; exit 4").terminationStatus == .exited(4), "kill(-1) spares the caller and the init")
    #expect(try await run("kill -9 1; exit 6").terminationStatus == .exited(6), "the init is not the payload's to kill")
  }

  @Test func `writes a gigabyte that is discarded, cut, or streamed`() async throws {
    let write = "head -c 1073741824 /dev/zero"
    let discarded = try await run(.init("/bin/sh", arguments: ["-c", write], output: .discarded))
    #expect(discarded.isSuccess)
    let cut = try await run(.init("/bin/sh", arguments: ["-c", write], output: .bytes(limit: .mebibytes(1))))
    #expect(cut.standardOutputBytes.count == 1 << 20)
    #expect(cut.cut == [.standardOutput: (1 << 30) - (1 << 20)])
    #expect(cut.verdict == .outputCut([.standardOutput]))
    #expect(cut.terminationStatus == .exited(0))
    let streamed = try await Sandbox().run(.init("/bin/sh", arguments: ["-c", write], output: .sequence)) { process in
      var count = 0
      for try await chunk in process.standardOutput! { count += chunk.count }
      _ = try await process.wait()
      return count
    }
    #expect(streamed.value == 1 << 30)
    #expect(streamed.outcome.verdict == .finished)
  }
}
