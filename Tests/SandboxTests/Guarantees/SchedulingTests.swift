import Glibc
import Sandbox
import Testing

@Suite("Scheduling") struct SchedulingTests {
  /// nice value, class of the program and of its init, processors, score: as other programs see them.
  private func shown(_ scheduling: SchedulingPolicy) async throws -> [String] {
    var sandbox = Sandbox()
    sandbox.scheduling = scheduling
    let script = """
      nice; chrt -p $$ | head -1 | sed 's/.*: //'; chrt -p 1 | head -1 | sed 's/.*: //'
      grep ^Cpus_allowed_list /proc/self/status | cut -f 2; cat /proc/self/oom_score_adj
      """
    return lines(try await Jailed.shell(script, in: sandbox))
  }

  private static let own = try? SchedulingState()

  @Test func `what is not managed is the host's`() async throws {
    let own = try #require(Self.own)
    #expect(
      try await shown(SchedulingPolicy()) == [
        String(own.nice), "SCHED_OTHER", "SCHED_OTHER", own.cpus.description, String(own.oomScoreAdjustment),
      ])
  }

  @Test func `what is set is in force, and the init is spared`() async throws {
    var scheduling = SchedulingPolicy()
    scheduling.nice = 7
    scheduling.schedulingClass = .batch
    let cpu = try #require(Self.own?.cpus.members.max())
    scheduling.cpus = [cpu, 4000]
    scheduling.oomScoreAdjustment = 321
    #expect(try await shown(scheduling) == ["7", "SCHED_BATCH", "SCHED_OTHER", String(cpu), "321"])
    scheduling.schedulingClass = .idle
    #expect(try await shown(scheduling)[1...2] == ["SCHED_IDLE", "SCHED_OTHER"])
  }

  @Test func `a program cannot take a nice value back, and can go further`() async throws {
    let program = Jailed.attempt + "for n in 12, 11: print(attempt(lambda: os.setpriority(os.PRIO_PROCESS, 0, n)))"
    var sandbox = Sandbox()
    sandbox.scheduling.nice = 10
    #expect(try await Jailed.python(program, in: sandbox) == "ok\nEACCES\n")
  }

  @Test func `a program can take its processors back, as is said`() async throws {
    let own = try #require(Self.own)
    var sandbox = Sandbox()
    sandbox.scheduling.cpus = [own.cpus.members.min()!]
    let outcome = try await sandbox.run("/bin/bash", arguments: ["-c", "taskset -cp 0-8191 $$ | sed 's/.*: //'"])
    #expect(lines(outcome.standardOutput).last.flatMap { CPUSet($0) } == own.cpus)
    #expect(outcome.enforcement.gaps.contains { $0.path == "scheduling.cpus" })
  }

  @Test(.enabled(if: geteuid() == 0 && holds(23), "needs CAP_SYS_NICE; the lane of root has it"))
  func `root puts a jail before others, and it is said`() async throws {
    var scheduling = SchedulingPolicy()
    scheduling.nice = -5
    #expect(try await shown(scheduling).prefix(2) == ["-5", "SCHED_OTHER"])
    var realtime = SchedulingPolicy()
    realtime.schedulingClass = .roundRobin(priority: 3)
    #expect(try await shown(realtime)[1] == "SCHED_RR")
    var sandbox = Sandbox()
    sandbox.scheduling = realtime
    let prepared = try await sandbox.prepare()
    let outcome = try await prepared.run("chrt", arguments: ["-p", "2"])
    #expect(lines(outcome.standardOutput).last == "pid 2's current scheduling priority: 3")
    #expect(outcome.enforcement.openings.map(\.path.description) == ["scheduling.class"])
    await prepared.end()
  }

  @Test(.requires(.user)) func `an ordinary user does not`() async throws {
    for (change, path, call) in [
      ({ $0.nice = -5 }, "scheduling.nice", "setpriority"),
      ({ $0.schedulingClass = .fifo(priority: 1) }, "scheduling.class", "sched_setscheduler"),
      ({ $0.oomScoreAdjustment = -1 }, "scheduling.oomScoreAdjustment", "write"),
    ] as [((inout SchedulingPolicy) -> Void, PolicyPath, String)] {
      var sandbox = Sandbox()
      change(&sandbox.scheduling)
      let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
      #expect(error?.kind == .setup && error?.problems.first?.path == path && error?.call == call, "\(String(describing: error))")
      #expect(error?.problems.first?.hint?.contains("of the host") == true)
    }
  }

  @Test func `processors that are not there are an error`() async throws {
    var sandbox = Sandbox()
    sandbox.scheduling.cpus = [4000]
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(error?.description.hasPrefix("scheduling.cpus: sched_setaffinity(") == true)
    #expect(error?.errno == EINVAL)
  }

  /// Whether this process has a capability.
  static func holds(_ number: UInt64) -> Bool {
    let status = CredentialTests.fields((try? Text.of("/proc/self/status")) ?? "")
    return (UInt64(status["CapEff"] ?? "0", radix: 16) ?? 0) >> number & 1 == 1
  }
}
