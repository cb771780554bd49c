package import SandboxPlanning
internal import SystemPackage

extension ResourceLimitPolicy {
  /// Raises hard limits to what the payload will ask for, where the host's process may.
  package func launcherOperations(at path: PolicyPath) -> [Planned] {
    managed.filter { !$0.bounds.lowersToHost }.map { limit, bounds in
      Planned(
        .raiseLimits, .raiseResourceLimit(kind: limit.rawValue, hard: bounds.hard), from: path.appending(limit.name))
    }
  }

  package func operations(at path: PolicyPath) -> [Planned] {
    managed.map { limit, bounds in
      Planned(
        .limitResources,
        .setResourceLimit(kind: limit.rawValue, soft: bounds.soft, hard: bounds.hard, lower: bounds.lowersToHost),
        from: path.appending(limit.name))
    }
  }

  package static let hints: [Hint] = [
    Hint(
      "set-resource-limit", "prlimit64", .notPermitted,
      "the host's hard limit is lower, and raising it needs CAP_SYS_RESOURCE (and for openFiles a higher sysctl fs.nr_open): "
        + "see `ulimit -H`, or lower it to the host's by .clamped")
  ]
}
