package import SandboxPlanning
internal import SystemPackage

extension SchedulingPolicy {
  /// What takes the host's rights, or may: the launcher does it, and its jails inherit it.
  package func launcherOperations(at path: PolicyPath) -> [Planned] {
    var operations: [Planned] = []
    if let schedulingClass, schedulingClass.isRealtime {
      operations.append(
        Planned(
          .prioritize, .setScheduler(policy: schedulingClass.number, priority: schedulingClass.priority),
          from: path.appending("class")))
    }
    if let nice, nice < 0 { operations.append(Planned(.prioritize, .setNice(nice), from: path.appending("nice"))) }
    if let score = oomScoreAdjustment {
      operations.append(
        Planned(
          .prioritize, .writeProcessFile(path: "oom_score_adj", text: "\(score)"), from: path.appending("oomScoreAdjustment")))
    }
    return operations
  }

  /// The payload's own.
  package func payloadOperations(at path: PolicyPath) -> [Planned] {
    var operations: [Planned] = []
    if let cpus { operations.append(Planned(.schedule, .setAffinity(mask: cpus.mask), from: path.appending("cpus"))) }
    if let nice, nice >= 0 { operations.append(Planned(.schedule, .setNice(nice), from: path.appending("nice"))) }
    // After the nice value, which an idle process may not lower.
    if let schedulingClass, !schedulingClass.isRealtime {
      operations.append(
        Planned(.schedule, .setScheduler(policy: schedulingClass.number, priority: 0), from: path.appending("class")))
    }
    return operations
  }

  package static let hints: [Hint] =
    [Errno.permissionDenied, .notPermitted].map { errno in
      Hint(
        "set-nice", "setpriority", errno,
        "a nice value below this process's own needs CAP_SYS_NICE of the host, or its ulimit -e")
    } + [
      Hint(
        "set-scheduler", "sched_setscheduler", .notPermitted,
        "a real-time class needs CAP_SYS_NICE of the host or its ulimit -r, and in a cgroup of version 1 a share of "
          + "cpu.rt_runtime_us; leaving the idle class needs ulimit -e"),
      Hint(
        "set-affinity", "sched_setaffinity", .invalidArgument,
        "this process may run on none of these processors: name some of those that `taskset -cp $$` shows"),
      Hint(
        "write-process-file", "write", .permissionDenied,
        "a score below this process's own (/proc/self/oom_score_adj) needs CAP_SYS_RESOURCE of the host"),
      Hint(
        "write-process-file", "openat", .noSuchFileOrDirectory,
        "the host needs a /proc, through which the score is written: mount -t proc proc /proc"),
      Hint(
        "write-process-file", "openat", .readOnlyFileSystem,
        "the host's /proc is read-only, and the score is written through it: mount -o remount,rw /proc"),
    ]
}
