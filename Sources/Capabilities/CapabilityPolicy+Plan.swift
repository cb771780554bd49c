package import SandboxPlanning

extension CapabilityPolicy {
  /// What is lost for ever, and needs CAP_SETPCAP: a launcher does it once for all of its jails.
  package func launcherOperations(at path: PolicyPath) -> [Planned] {
    [
      Planned(.limitBoundingSet, .limitBoundingSet(keep: CapabilitySet.none.mask), from: path),
      Planned(.setSecureBits, .setSecureBits(Self.lockedSecureBits), from: path),
    ]
  }

  /// What a jail does when its last mount is made.
  package func operations(at path: PolicyPath) -> [Planned] {
    [
      Planned(
        .emptyCapabilitySets, .setCapabilities(effective: 0, permitted: 0, inheritable: 0, ambient: 0), from: path),
      Planned(.setNoNewPrivileges, .setNoNewPrivileges, from: path),
    ]
  }

  /// The namespace's first process holds every capability in it, unless a security module takes them.
  package static let hints: [Hint] = Hint.appArmor("limit-bounding-set", "prctl")
}
