import Sandbox
import Testing

@Suite("The closed box") struct MainJobTests {
  @Test func `a program runs in it from one line`() async throws {
    let outcome = try await Sandbox().run("/usr/bin/python3", arguments: ["-c", "print(6 * 7)"])
    #expect(outcome.standardOutput == "42\n")
    #expect(outcome.standardError == "")
    #expect(outcome.terminationStatus == .exited(0))
    #expect(outcome.verdict == .finished)
  }

  @Test func `a name without a slash is searched for in the jail's PATH`() async throws {
    #expect(try await Sandbox().run("printf", arguments: ["%s", "found"]).standardOutput == "found")
  }

  @Test func `the payload is process 2 under an init`() async throws {
    #expect(try await Jailed.python("import os; print(os.getpid(), os.getppid())") == "2 1\n")
  }

  @Test func `the environment is exactly the documented one`() async throws {
    let outcome = try await Sandbox().run("/usr/bin/env")
    #expect(
      lines(outcome.standardOutput).sorted() == [
        "HOME=/tmp", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", "TMPDIR=/tmp",
      ])
  }

  @Test func `it begins in tmp`() async throws {
    #expect(try await Jailed.shell("pwd") == "/tmp\n")
  }

  @Test func `usage is what the init counted`() async throws {
    let outcome = try await Sandbox().run(
      "/usr/bin/python3",
      arguments: [
        "-c", "x = bytearray(50_000_000)\nimport time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass",
      ])
    let usage = outcome.usage
    #expect(try #require(usage.cpuTime) >= .milliseconds(190))
    #expect(try #require(usage.wallTime) >= .milliseconds(190))
    #expect(try #require(usage.largestResidentSize) >= .bytes(50_000_000))
    #expect(try #require(usage.largestResidentSize) < .mebibytes(200), "not the host's own size")
  }

  @Test func `each step is reported with its time`() async throws {
    let outcome = try await Sandbox().run("/bin/true")
    let plan = try Sandbox().plan(for: .init("/bin/true"))
    #expect(outcome.steps.count == plan.count)
    #expect(outcome.steps.allSatisfy { $0.duration > .zero && $0.duration < .seconds(5) })
  }
}
