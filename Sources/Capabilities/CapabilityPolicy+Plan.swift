package import SandboxPlanning
internal import SystemPackage

extension CapabilityPolicy {
  /// What is lost for ever, and needs CAP_SETPCAP: a launcher does it once for all of its jails.
  ///
  /// - Parameter initKills: as of ``operations(at:initKills:)``.
  package func launcherOperations(at path: PolicyPath, initKills: Bool = false) -> [Planned] {
    [Planned(.limitBoundingSet, .limitBoundingSet(keep: bounding.mask), from: path.appending("bounding"))]
      + raising(at: path, initKills: initKills)
      + [Planned(.setSecureBits, .setSecureBits(UInt64(secureBits.rawValue)), from: path.appending("secureBits"))]
  }

  /// What a jail does when its last mount is made.
  ///
  /// - Parameter initKills: processes of the jail may have other ids than its init, which keeps CAP_KILL, to signal and to end
  ///   them.
  package func operations(at path: PolicyPath, initKills: Bool = false) -> [Planned] {
    let ofInit: CapabilitySet = initKills ? [.kill] : []
    let setting = { (permitted: CapabilitySet) in
      Operation.setCapabilities(
        effective: effective.mask, permitted: permitted.mask, inheritable: inheritable.mask, ambient: ambient.mask)
    }
    var operations = [
      Planned(.emptyCapabilitySets, setting(permitted.union(ofInit)), from: path),
      Planned(.setNoNewPrivileges, .setNoNewPrivileges, from: path),
    ]
    if initKills { operations.append(Planned(.emptyPayloadCapabilitySets, setting(permitted), from: path)) }
    if !kept.isEmpty || initKills {
      operations.append(
        Planned(
          .emptyInitCapabilitySets,
          .setCapabilities(effective: ofInit.mask, permitted: ofInit.mask, inheritable: 0, ambient: 0), from: path))
    }
    return operations
  }

  /// While the securebits may still be changed: they can forbid what this does.
  private func raising(at path: PolicyPath, initKills: Bool) -> [Planned] {
    guard !ambient.isEmpty || !inheritable.isEmpty else { return [] }
    let held = permitted.union(initKills ? [.setpcap, .kill] : [.setpcap]).mask
    return [
      Planned(
        .raiseAmbientSet,
        .setCapabilities(effective: held, permitted: held, inheritable: inheritable.mask, ambient: ambient.mask), from: path)
    ]
  }

  /// The namespace's first process holds every capability in it, unless a security module takes them.
  package static let hints: [Hint] =
    Hint.appArmor("limit-bounding-set", "prctl") + Hint.refused("set-capabilities", "capset")
}
