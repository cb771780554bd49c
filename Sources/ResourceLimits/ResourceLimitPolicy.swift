package import SandboxPlanning

/// The resource limits of each process of a jail.
///
/// `nil` means not managed: the host's limit stays in force.
public struct ResourceLimitPolicy: Hashable, Sendable {
  /// By the kernel's number.
  private var bounds = [ResourceLimitBounds?](repeating: nil, count: ResourceLimit.table.count)

  /// Bounds against accidents: no core dumps, 1,024 open files (4,096 at most), 64 MiB of stack at most, 8 MiB of locked
  /// memory, no POSIX message queues (the kernel counts their bytes for the creator of the jail's namespace as well, who is
  /// root where root spawns), no real-time priority. Each is lowered to the host's where that is lower.
  ///
  /// Not among them: `processes`, which counts a user's and not a jail's.
  public init() {
    let standard: [(ResourceLimit, ResourceLimitBounds)] = [
      (.coreDump, .init(soft: 0, hard: 0, lowersToHost: true)),
      (.openFiles, .init(soft: 1024, hard: 4096, lowersToHost: true)),
      (.stack, .init(soft: 8 << 20, hard: 64 << 20, lowersToHost: true)),
      (.lockedMemory, .init(soft: 8 << 20, hard: 8 << 20, lowersToHost: true)),
      (.messageQueues, .init(soft: 0, hard: 0, lowersToHost: true)),
      (.pendingSignals, .init(soft: 1024, hard: 1024, lowersToHost: true)),
      (.realtimePriority, .init(soft: 0, hard: 0, lowersToHost: true)),
    ]
    for (limit, bounds) in standard { self[limit] = bounds }
  }

  /// The bounds of a limit; `nil` where it is not managed.
  public subscript(limit: ResourceLimit) -> ResourceLimitBounds? {
    get { bounds[limit.rawValue] }
    set { bounds[limit.rawValue] = newValue }
  }

  /// The managed limits, by the kernel's number.
  public var managed: [(limit: ResourceLimit, bounds: ResourceLimitBounds)] {
    ResourceLimit.allCases.compactMap { limit in self[limit].map { (limit, $0) } }
  }

  package func problems(at path: PolicyPath) -> [Problem] {
    managed.flatMap { limit, bounds -> [Problem] in
      let path = path.appending(limit.name)
      var problems: [Problem] = []
      if bounds.soft > bounds.hard {
        problems.append(Problem(path, "the soft limit (\(bounds.soft)) is above the hard one (\(bounds.hard))"))
      }
      if let most = Self.most(of: limit), bounds.hard > most, !bounds.lowersToHost {
        let number = bounds.hard == ResourceLimitBounds.infinity ? "infinity" : String(bounds.hard)
        problems.append(
          Problem(path, "\(number) is out of range: 0 to \(most)", hint: "write \(most), or .clamped for what the host has"))
      }
      return problems
    }
  }

  /// What no host allows more of: `fs.nr_open` cannot be raised beyond that, and there are no higher priorities.
  private static func most(of limit: ResourceLimit) -> UInt64? {
    switch limit {
    case .openFiles: 2_147_483_584
    case .nice: 40
    case .realtimePriority: 99
    default: nil
    }
  }
}
