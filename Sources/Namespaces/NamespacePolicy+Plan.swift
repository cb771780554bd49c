package import SandboxPlanning

extension NamespacePolicy {
  /// The clone of a jail by a launcher of its own, and what makes its namespaces usable.
  package func operations(at path: PolicyPath, maps: IDMaps) -> [Planned] {
    clone(own.subtracting(late), at: path, maps: maps) + clockOperations(at: path)
      + setUp(at: path, loopback: true)
      // The host's own would leave their peers.
      + (own.contains(.mount) ? [Planned(.makeMountsPrivate, .makeMountsPrivate, from: path.appending("mount"))] : [])
  }

  /// The host's procfs, to be looked into alone: what a jail needs of it that cannot have one of its own.
  package static func hostProc(_ slot: Slot, at path: PolicyPath) -> Planned {
    Planned(.openHostSources, .openInPlace(slot, path: "/proc"), from: path)
  }

  /// Where no pid namespace ends with its init.
  package func orphanOperations(at path: PolicyPath, through proc: Slot) -> [Planned] {
    guard isShared(.pid) else { return [] }
    return [Planned(.adoptOrphans, .adoptOrphans(proc: proc), from: path.appending("pid"))]
  }

  /// The clone of a launcher that parks: it has what all of its jails live in, and stays in the host's pid namespace, since
  /// pid 1 of another could not clone a jail that is the host's own child.
  package func launcherOperations(at path: PolicyPath, maps: IDMaps) -> [Planned] {
    clone([.user, .mount], at: path, maps: maps)
      + [Planned(.makeMountsPrivate, .makeMountsPrivate, from: path.appending("mount"))]
  }

  /// The clone of a jail by a parked launcher.
  ///
  /// - Parameters:
  ///   - networkAhead: whether its network namespace exists already.
  ///   - mountsApart: whether it gets its mount namespace later, as a copy of another than its launcher's.
  ///   - proc: the host's procfs, where ``needsHostProc``.
  package func jailOperations(at path: PolicyPath, networkAhead: Bool, mountsApart: Bool, proc: Slot?) -> [Planned] {
    let made: NamespaceSet = networkAhead ? [.user, .network] : [.user]
    let cloned = own.subtracting(made).subtracting(mountsApart ? [.mount] : []).subtracting(late)
    let clone = Operation.cloneJail(flags: cloned.flags, uidMap: "", gidMap: "", denySetgroups: false)
    var operations = [Planned(.cloneJail, clone, from: path)] + setUp(at: path, loopback: !networkAhead)
    guard let proc else { return operations }
    if clockOffsets != ClockOffsets() {
      let here = path.appending("clockOffsets")
      operations += [
        Planned(.enterTime, .unshare(flags: NamespaceSet([.time]).flags), from: here),
        // Its files are root's while it is undumpable, as its launcher is.
        Planned(.enterTime, .allowDumping, from: here),
        Planned(
          .enterTime, .writeProcFile(proc: proc, path: "self/timens_offsets", text: clockOffsets.lines), from: here),
        Planned(.enterTime, .forbidDumping, from: here),
      ]
    }
    return operations + sysctlOperations(at: path.appending("sysctls"), through: proc)
  }

  /// Whether a jail that is prepared writes through a procfs, which it must not see: its launcher keeps the host's for that.
  package var needsHostProc: Bool { !sysctls.isEmpty || clockOffsets != ClockOffsets() }

  /// A time namespace is made by the clone, or later where its clocks are set off: of one that a clone made, the offsets are
  /// fixed already.
  private var late: NamespaceSet { clockOffsets == ClockOffsets() ? [] : [.time] }

  private func clockOperations(at path: PolicyPath) -> [Planned] {
    guard clockOffsets != ClockOffsets() else { return [] }
    let path = path.appending("clockOffsets")
    return [
      Planned(.enterTime, .unshare(flags: NamespaceSet([.time]).flags), from: path),
      Planned(.enterTime, .writeProcessFile(path: "timens_offsets", text: clockOffsets.lines), from: path),
    ]
  }

  /// What exists already and is joined by a launcher, before it clones the jail.
  package func joinOperations(at path: PolicyPath, newSlot: () -> Slot) -> [Planned] {
    joined.flatMap { kind, file, _ in
      let slot = newSlot()
      return [
        Planned(.openNamespaces, .openNamespace(slot, path: file), from: path.appending(kind.rawValue)),
        Planned(.joinNamespaces, .joinNamespaces(slot, flags: kind.flag), from: path.appending(kind.rawValue)),
      ]
    }
  }

  private func clone(
    _ kinds: NamespaceSet, at path: PolicyPath, maps: IDMaps
  ) -> [Planned] {
    func text(_ mappings: [IDMapping]) -> String {
      kinds.contains(.user) ? mappings.map(\.line).joined(separator: "\n") : ""
    }
    let clone = Operation.cloneJail(
      flags: kinds.flags, uidMap: text(maps.users), gidMap: text(maps.groups),
      denySetgroups: kinds.contains(.user) && maps.deniesGroups,
      mappers: maps.helpers)
    return [Planned(.cloneJail, clone, from: path), Planned(.waitForMaps, .waitForMaps, from: path.appending("user"))]
  }

  func setUp(at path: PolicyPath, loopback: Bool) -> [Planned] {
    var operations: [Planned] = []
    if own.contains(.uts) {
      if let hostName { operations.append(Planned(.nameHost, .setHostName(hostName), from: path.appending("hostName"))) }
      if let domainName { operations.append(Planned(.nameHost, .setDomainName(domainName), from: path.appending("domainName"))) }
    }
    if own.contains(.network), loopback {
      operations.append(Planned(.raiseLoopback, .raiseLoopback, from: path.appending("network")))
    }
    return operations
  }

  /// The limits of the user namespace itself. They cannot be undone inside: the right to raise them goes with the
  /// capabilities.
  ///
  /// No user namespace can be made inside, by anyone, ever. And what the kernel counts for a namespace, it counts for its
  /// creator as well, who is root where root spawns: of inotify(7)'s 128 instances a jail must not take all.
  package static func limits(through proc: Slot) -> [Planned] {
    [("max_user_namespaces", "0"), ("max_inotify_instances", "8"), ("max_inotify_watches", "8192")].map { name, value in
      Planned(.limitNamespace, .writeSysctl(proc: proc, path: "user/\(name)", text: "\(value)\n"), from: "namespaces.user")
    }
  }
}

/// The maps of a jail's user namespace, as they will be written.
package struct IDMaps: Hashable, Sendable {
  package var users, groups: [IDMapping]
  /// Whether setgroups(2) is denied in it, which the kernel demands of who has no right over groups.
  package var deniesGroups: Bool
  package var helpers: MapHelpers

  package init(users: [IDMapping], groups: [IDMapping], deniesGroups: Bool, helpers: MapHelpers = MapHelpers()) {
    self.users = users
    self.groups = groups
    self.deniesGroups = deniesGroups
    self.helpers = helpers
  }
}
