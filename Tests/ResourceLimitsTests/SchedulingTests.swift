import Foundation
import ResourceLimits
import SandboxPlanning
import SystemPackage
import Testing

@Suite("A set of processors")
struct CPUSetTests {
  @Test(arguments: [
    ("0", [0], "0"), ("0-3,6", [0, 1, 2, 3, 6], "0-3,6"), ("6,0-2,1", [0, 1, 2, 6], "0-2,6"), ("0-6:3", [0, 3, 6], "0,3,6"),
    ("8191", [8191], "8191"), ("63-64", [63, 64], "63-64"),
  ]) func `is read and written as taskset has it`(_ text: String, _ members: [Int], _ written: String) {
    #expect(CPUSet(text) == CPUSet(members))
    #expect(CPUSet(members).description == written)
  }

  @Test(arguments: ["", ",", "1,", "3-1", "-1", "a", "1-2-3", "0-4:0", "1:2", "8192", "+1", " 1", "0x1"])
  func `what is none is none`(_ text: String) { #expect(CPUSet(text) == nil) }

  @Test func `its mask has a bit a processor`() {
    #expect(CPUSet([0, 2, 64]).mask == [0b101, 1])
    #expect(CPUSet(mask: [0b101, 1]) == [0, 2, 64])
  }
}

@Suite("A policy of scheduling")
struct SchedulingPolicyTests {
  @Test(arguments: [
    ("other", SchedulingClass.other), ("batch", .batch), ("idle", .idle), ("fifo:1", .fifo(priority: 1)),
    ("rr:99", .roundRobin(priority: 99)),
  ]) func `a class is read and written as chrt has it`(_ text: String, _ value: SchedulingClass) throws {
    #expect(try SchedulingClass(parsing: text) == value)
    #expect(value.description == text)
  }

  @Test(arguments: ["", "fif0", "fifo", "fifo:", "rr:x", "batch:1", "deadline"]) func `what is no class is an error`(
    _ text: String
  ) {
    #expect(throws: SchedulingClass.ParseError.self) { try SchedulingClass(parsing: text) }
  }

  @Test func `each value has its range, and all problems are told`() {
    var policy = SchedulingPolicy()
    #expect(policy.problems(at: "s").isEmpty)
    (policy.nice, policy.oomScoreAdjustment, policy.cpus, policy.schedulingClass) = (-21, -1001, [-1], .fifo(priority: 0))
    #expect(
      policy.problems(at: "s").map(\.path.description) == ["s.nice", "s.oomScoreAdjustment", "s.class", "s.nice", "s.cpus"])
    (policy.nice, policy.oomScoreAdjustment, policy.cpus, policy.schedulingClass) = (-20, -1000, [0], .idle)
    #expect(policy.problems(at: "s").isEmpty)
  }

  @Test func `what raises it above others is the launcher's, and told; the rest is the payload's`() {
    var policy = SchedulingPolicy()
    (policy.nice, policy.cpus, policy.schedulingClass) = (5, [1], .idle)
    #expect(policy.launcherOperations(at: "s").isEmpty && policy.openings.isEmpty)
    #expect(
      policy.payloadOperations(at: "s").map(\.operation) == [
        .setAffinity(mask: [2]), .setNice(5), .setScheduler(policy: 5, priority: 0),
      ])
    #expect(policy.gaps(raisesLimits: true).map(\.name) == ["cpus"])
    policy = SchedulingPolicy()
    (policy.nice, policy.oomScoreAdjustment) = (-1, -1)
    #expect(
      policy.launcherOperations(at: "s").map(\.operation) == [.setNice(-1), .writeProcessFile(path: "oom_score_adj", text: "-1")])
    #expect(policy.payloadOperations(at: "s").isEmpty)
    #expect(policy.openings.map(\.name) == ["nice", "oomScoreAdjustment"])
    #expect(policy.gaps(raisesLimits: true).isEmpty && policy.gaps(raisesLimits: false).map(\.name) == ["oomScoreAdjustment"])
    policy = SchedulingPolicy()
    policy.schedulingClass = .roundRobin(priority: 9)
    #expect(policy.launcherOperations(at: "s").map(\.operation) == [.setScheduler(policy: 2, priority: 9)])
    #expect(policy.payloadOperations(at: "s").isEmpty && policy.openings.map(\.name) == ["class"])
  }
}

@Suite("The limits and the scheduling of a process")
struct ResourceStateTests {
  @Test func `they are what the C library's calls say`() throws {
    let limits = try ResourceLimitState()
    for limit in ResourceLimit.allCases {
      var now = rlimit()
      #expect(getrlimit(__rlimit_resource_t(UInt32(limit.rawValue)), &now) == 0)
      #expect(limits[limit].soft == UInt64(now.rlim_cur) && limits[limit].hard == UInt64(now.rlim_max))
    }
    let scheduling = try SchedulingState()
    #expect(scheduling.nice == Int(getpriority(__priority_which_t(0), 0)))
    #expect(scheduling.schedulingClass == .other && sched_getscheduler(0) == SCHED_OTHER)
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
    let shown = status.first { $0.hasPrefix("Cpus_allowed_list:\t") }?.dropFirst("Cpus_allowed_list:\t".count)
    #expect(shown.map(String.init) == scheduling.cpus.description)
    #expect(
      String(scheduling.oomScoreAdjustment)
        == (try String(contentsOfFile: "/proc/self/oom_score_adj", encoding: .utf8)).trimmingCharacters(in: .newlines))
  }

  @Test func `a process that is not there is an error`() {
    #expect(throws: Errno.noSuchProcess) { try ResourceLimitState(ofProcess: 0x7fff_ffff) }
    #expect(throws: Errno.noSuchProcess) { try SchedulingState(ofProcess: 0x7fff_ffff) }
  }
}
