package import SandboxPlanning

extension NamespacePolicy {
  /// The clone, and what makes its namespaces usable.
  ///
  /// The time namespace is not among the clone's flags: offsets can be written only between unshare(2) and the birth of
  /// the first process in it, and that process is the payload.
  package func operations(at path: PolicyPath, uid: IDMapping, gid: IDMapping, denySetgroups: Bool) -> [Planned] {
    let cloned = own.sorted.filter { $0 != .time }
    var operations = [
      Planned(
        .cloneJail,
        .cloneJail(
          flags: NamespaceSet(cloned).flags, uidMap: uid.line, gidMap: gid.line, denySetgroups: denySetgroups),
        from: path)
    ]
    if own.contains(.time) {
      operations.append(Planned(.enterTime, .unshare(flags: Namespace.time.flag), from: path.appending("time")))
    }
    if own.contains(.uts) {
      if let hostName { operations.append(Planned(.nameHost, .setHostName(hostName), from: path.appending("hostName"))) }
      if let domainName { operations.append(Planned(.nameHost, .setDomainName(domainName), from: path.appending("domainName"))) }
    }
    if own.contains(.network) { operations.append(Planned(.raiseLoopback, .raiseLoopback, from: path.appending("network"))) }
    operations.append(Planned(.makeMountsPrivate, .makeMountsPrivate, from: path.appending("mount")))
    return operations
  }

  /// No user namespace can be made inside, by anyone, ever: the limit is the namespace's own, and the right to raise it
  /// goes with the capabilities.
  package static func forbidNesting(through proc: Slot) -> Planned {
    Planned(
      .forbidNesting, .writeSysctl(proc: proc, path: "user/max_user_namespaces", text: "0\n"), from: "namespaces.user")
  }
}
