package import SandboxPlanning
internal import SystemPackage

extension CapabilityPolicy {
  /// What is lost for ever, and needs CAP_SETPCAP: a launcher does it once for all of its jails.
  package func launcherOperations(at path: PolicyPath) -> [Planned] {
    [Planned(.limitBoundingSet, .limitBoundingSet(keep: bounding.mask), from: path.appending("bounding"))]
      + raising(at: path)
      + [Planned(.setSecureBits, .setSecureBits(UInt64(secureBits.rawValue)), from: path.appending("secureBits"))]
  }

  /// What a jail does when its last mount is made.
  package func operations(at path: PolicyPath) -> [Planned] {
    var operations = [
      Planned(
        .emptyCapabilitySets,
        .setCapabilities(
          effective: effective.mask, permitted: permitted.mask, inheritable: inheritable.mask, ambient: ambient.mask), from: path),
      Planned(.setNoNewPrivileges, .setNoNewPrivileges, from: path),
    ]
    if !kept.isEmpty {
      operations.append(
        Planned(
          .emptyInitCapabilitySets, .setCapabilities(effective: 0, permitted: 0, inheritable: 0, ambient: 0), from: path))
    }
    return operations
  }

  /// While the securebits may still be changed: they can forbid what this does.
  private func raising(at path: PolicyPath) -> [Planned] {
    guard !ambient.isEmpty || !inheritable.isEmpty else { return [] }
    let held = permitted.union([.setpcap]).mask
    return [
      Planned(
        .raiseAmbientSet,
        .setCapabilities(effective: held, permitted: held, inheritable: inheritable.mask, ambient: ambient.mask), from: path)
    ]
  }

  /// The namespace's first process holds every capability in it, unless a security module takes them.
  package static let hints: [Hint] = Hint.appArmor("limit-bounding-set", "prctl")
}
