package import SandboxPlanning

/// When and where the processes of a jail run, and which of them the kernel kills first when memory runs out.
///
/// `nil` means as the host's process has it. What raises a jail above others (a negative nice value, a real-time class, a lower
/// score) takes the host's own rights, whatever capabilities the jail keeps.
///
/// None of it bounds what the jail uses: the whole jail's share is a cgroup's.
///
/// - SeeAlso: sched(7)
public struct SchedulingPolicy: Hashable, Sendable {
  /// How far the program gives way to others, from -20 (least) to 19: setpriority(2). It may give way more, and less as far as
  /// `limits.nice` lets it. Below the host's own value it takes CAP_SYS_NICE or the host's `RLIMIT_NICE`.
  public var nice: Int?
  /// By which rules it gets its turns: sched_setscheduler(2). A real-time one takes CAP_SYS_NICE or the host's `RLIMIT_RTPRIO`.
  public var schedulingClass: SchedulingClass?
  /// The processors that the program begins on: sched_setaffinity(2). Numbers that the host's process has not are left out; none
  /// left is an error.
  ///
  /// Not a wall: a program can give itself the others again, as far as the cgroup's cpuset reaches, which `Enforcement` says.
  public var cpus: CPUSet?
  /// What the kernel adds to the program's badness when memory runs out, from -1000 (never killed) to 1000 (killed first), in
  /// thousandths of the machine's memory: /proc/PID/oom_score_adj. Below the host's own value it takes CAP_SYS_RESOURCE.
  ///
  /// Only where the host has that is it binding: else a program can lower it to the host's again, which `Enforcement` says.
  public var oomScoreAdjustment: Int?

  /// As the host's process has it.
  public init() {}

  /// Everything that is wrong with it.
  package func problems(at path: PolicyPath) -> [Problem] {
    var problems: [Problem] = []
    func require(_ value: Int?, _ name: String, in range: ClosedRange<Int>) {
      guard let value, !range.contains(value) else { return }
      problems.append(
        Problem(path.appending(name), "\(value) is out of range: \(range.lowerBound) to \(range.upperBound)"))
    }
    require(nice, "nice", in: -20...19)
    require(oomScoreAdjustment, "oomScoreAdjustment", in: -1000...1000)
    if let schedulingClass, schedulingClass.isRealtime {
      if !(1...99).contains(schedulingClass.priority) {
        problems.append(
          Problem(path.appending("class"), "the priority \(schedulingClass.priority) is out of range: 1 to 99"))
      }
      if nice != nil {
        problems.append(
          Problem(
            path.appending("nice"), "a nice value means nothing to the real-time class \(schedulingClass.name)",
            hint: "leave one of them out"))
      }
    }
    if let cpus {
      let path = path.appending("cpus")
      if cpus.members.isEmpty { problems.append(Problem(path, "there is no processor in it", hint: "name one, as \"0\"")) }
      if let wrong = cpus.members.first(where: { !(0..<CPUSet.most).contains($0) }) {
        problems.append(Problem(path, "\(wrong) is out of range: 0 to \(CPUSet.most - 1)"))
      }
    }
    return problems
  }

  /// What a jail gains over the host's other processes.
  package var openings: [(name: String, reason: String)] {
    var openings: [(name: String, reason: String)] = []
    if let nice, nice < 0 { openings.append(("nice", "the jail runs before the host's ordinary processes")) }
    if let schedulingClass, schedulingClass.isRealtime {
      openings.append(("class", "the jail runs before everything on the host that is not real-time, and may keep a processor"))
    }
    if let score = oomScoreAdjustment, score < 0 {
      openings.append(("oomScoreAdjustment", "when memory runs out, the host's other processes are killed before the jail"))
    }
    return openings
  }

  /// What the kernel lets a program undo.
  ///
  /// - Parameter raisesLimits: whether the host's process has CAP_SYS_RESOURCE.
  package func gaps(raisesLimits: Bool) -> [(name: String, reason: String)] {
    var gaps: [(name: String, reason: String)] = []
    if cpus != nil {
      gaps.append(("cpus", "the program can give itself other processors again: only a cgroup's cpuset keeps it to them"))
    }
    if oomScoreAdjustment != nil, !raisesLimits {
      gaps.append(("oomScoreAdjustment", "without CAP_SYS_RESOURCE of the host the program can lower it to the host's again"))
    }
    return gaps
  }
}
