internal import CSyscalls
internal import SandboxKernel
public import SystemPackage

/// The sixteen resource limits of a process: prlimit(2).
public struct ResourceLimitState: Hashable, Sendable {
  private let bounds: [ResourceLimitBounds]

  /// Of a process whose limits this one may see; nil means this one's.
  ///
  /// - Throws: ESRCH for a process that is gone, EPERM for another user's.
  public init(ofProcess pid: Int32? = nil) throws(Errno) {
    var bounds: [ResourceLimitBounds] = []
    for limit in ResourceLimit.allCases {
      var now = csys_rlimit()
      do throws(SystemCallError) {
        _ = try check(csys_prlimit64(pid ?? 0, CInt(limit.rawValue), nil, &now), "prlimit64", "\(pid ?? 0), \(limit.kernelName)")
      } catch { throw error.errno }
      bounds.append(ResourceLimitBounds(soft: now.rlim_cur, hard: now.rlim_max))
    }
    self.bounds = bounds
  }

  /// What is in force of a limit.
  public subscript(limit: ResourceLimit) -> ResourceLimitBounds { bounds[limit.rawValue] }
}
