internal import CSyscalls
internal import SandboxKernel
public import SystemPackage

/// When and where a process runs, as the kernel says.
public struct SchedulingState: Hashable, Sendable {
  /// From -20 to 19.
  public let nice: Int
  /// Its scheduling policy; nil for one that this version does not know (`SCHED_DEADLINE`, `SCHED_EXT`).
  public let schedulingClass: SchedulingClass?
  /// The processors that it may run on.
  public let cpus: CPUSet
  /// From -1000 to 1000.
  public let oomScoreAdjustment: Int

  /// Of the main thread of a process; nil means this one's.
  ///
  /// - Throws: the errno of the call that failed: ESRCH or ENOENT for a process that is gone.
  public init(ofProcess pid: Int32? = nil) throws(Errno) {
    let process = pid ?? ProcessIdentity.pid
    do throws(SystemCallError) {
      // The raw call gives 20 minus the value, so that it is never negative.
      nice = 20 - (try check(csys_getpriority(CSYS_PRIO_PROCESS, process), "getpriority"))
      let number = try check(csys_sched_getscheduler(process), "sched_getscheduler")
      var priority: Int32 = 0
      _ = try check(csys_sched_getparam(process, &priority), "sched_getparam")
      // Without SCHED_RESET_ON_FORK.
      schedulingClass = SchedulingClass(number: number & ~0x4000_0000, priority: Int(priority))
      var mask = [UInt64](repeating: 0, count: CPUSet.most / 64)
      let size = mask.count * MemoryLayout<UInt64>.size
      _ = try check(csys_sched_getaffinity(process, size, &mask), "sched_getaffinity")
      cpus = CPUSet(mask: mask)
      let text = try HostPath.text(of: "/proc/\(process)/oom_score_adj").split(separator: "\n").first ?? ""
      oomScoreAdjustment = Int(text) ?? 0
    } catch { throw error.errno }
  }
}
