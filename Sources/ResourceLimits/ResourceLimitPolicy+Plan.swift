package import SandboxPlanning
internal import SystemPackage

extension ResourceLimitPolicy {
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
      "the host's hard limit is lower, and raising it needs CAP_SYS_RESOURCE: see `ulimit -H`, or lower to the host's "
        + "with .init(soft:hard:lowersToHost: true)")
  ]
}
