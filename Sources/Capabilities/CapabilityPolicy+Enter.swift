package import SandboxPlanning

/// What a process does with its own capabilities, thread by thread.
extension CapabilityPolicy {
  /// What is kept without a reason by a process that stays in the host's user namespace: no other right over the machine, its
  /// files or its users' processes.
  package static let harmlessOnHost: CapabilitySet = [
    .netBindService, .netRaw, .netBroadcast, .ipcLock, .auditWrite, .wakeAlarm, .blockSuspend,
  ]

  /// What is in any of the four sets by which something is held.
  package var held: CapabilitySet { effective.union(permitted).union(inheritable).union(ambient) }

  /// - Parameters:
  ///   - held: what every thread has in its effective set.
  ///   - current: the securebits in force, which are never taken back.
  ///   - changesUser: whether the user changes between the two halves.
  package func entryOperations(
    at path: PolicyPath, held: CapabilitySet, bounding now: CapabilitySet, current: SecureBits, changesUser: Bool
  ) -> [Planned] {
    var operations: [Planned] = []
    let maySet = held.contains(.setpcap)
    if maySet || !now.isSubset(of: bounding) {
      operations.append(Planned(.limitBoundingSet, .limitBoundingSet(keep: bounding.mask), from: path.appending("bounding")))
    }
    let bits = secureBits.union(current)
    if maySet {
      // A change of user takes what is permitted, and with it the rest of these steps, unless this bit is set.
      if changesUser, !current.contains(.noSetuidFixup) {
        operations.append(
          Planned(
            .keepCapabilities, .setSecureBits(UInt64(current.union(.noSetuidFixup).rawValue)), from: path.appending("secureBits"))
        )
      }
      if !ambient.isEmpty || !inheritable.isEmpty {
        let during = permitted.union([.setpcap]).mask
        operations.append(
          Planned(
            .raiseAmbientSet,
            .setCapabilities(effective: during, permitted: during, inheritable: inheritable.mask, ambient: ambient.mask),
            from: path))
      }
      operations.append(Planned(.setSecureBits, .setSecureBits(UInt64(bits.rawValue)), from: path.appending("secureBits")))
    }
    return operations + [
      Planned(
        .emptyCapabilitySets,
        .setCapabilities(
          effective: effective.mask, permitted: permitted.mask, inheritable: inheritable.mask, ambient: ambient.mask), from: path),
      Planned(.setNoNewPrivileges, .setNoNewPrivileges, from: path),
    ]
  }

  /// What this process lacks for it.
  package func entryProblems(
    at path: PolicyPath, held: CapabilitySet, permitted now: CapabilitySet, bounding: CapabilitySet,
    ambient ambientNow: CapabilitySet,
    current: SecureBits
  ) -> [Problem] {
    var problems: [Problem] = []
    let raised = ambient.subtracting(ambientNow)
    if current.contains(.noAmbientRaise), !raised.isEmpty {
      problems.append(
        Problem(
          path.appending("ambient"), "the securebits in force (no_cap_ambient_raise) forbid to raise \(raised)",
          hint: "keep what is in it already"))
    }
    let missing = permitted.subtracting(now)
    if !missing.isEmpty {
      problems.append(
        Problem(
          path.appending("permitted"), "this process has not \(missing), or not on every thread: what is lost stays so",
          hint: "keep what it has"))
    }
    guard !held.contains(.setpcap) else { return problems }
    if !bounding.intersection(.all).isSubset(of: self.bounding) {
      problems.append(
        Problem(
          path.appending("bounding"), "dropping from the bounding set takes CAP_SETPCAP, which this process lacks",
          hint: "name .all: no_new_privs, which is set, keeps execve(2) from giving any"))
    }
    if !secureBits.isSubset(of: current) {
      problems.append(
        Problem(
          path.appending("secureBits"), "setting securebits takes CAP_SETPCAP, which this process lacks",
          hint: "name []: what is set stays so"))
    }
    return problems
  }
}
