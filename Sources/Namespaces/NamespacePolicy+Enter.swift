package import SandboxPlanning

/// What a running process can do about its own namespaces.
extension NamespacePolicy {
  /// What unshare(2) gives at once; a time namespace it gives to children alone, which then is joined.
  package func entryOperations(at path: PolicyPath, newSlot: () -> Slot) -> [Planned] {
    let now = own.subtracting([.pid, .time])
    var operations: [Planned] = []
    if now != [] { operations.append(Planned(.unshare, .unshare(flags: now.flags), from: path)) }
    if own.contains(.time) {
      let slot = newSlot()
      let here = path.appending("time")
      operations.append(Planned(.enterTime, .unshare(flags: Namespace.time.flag), from: here))
      if clockOffsets != ClockOffsets() {
        operations.append(
          Planned(
            .enterTime, .writeProcessFile(path: "timens_offsets", text: clockOffsets.lines), from: path.appending("clockOffsets"))
        )
      }
      operations += [
        Planned(.enterTime, .openNamespace(slot, path: "/proc/self/ns/time_for_children"), from: here),
        Planned(.enterTime, .joinNamespaces(slot, flags: Namespace.time.flag), from: here),
        Planned(.enterTime, .close(slot), from: here),
      ]
    }
    if own.contains(.mount) {
      operations.append(Planned(.makeMountsPrivate, .makeMountsPrivate, from: path.appending("mount")))
    }
    return operations + setUp(at: path, loopback: true)
  }
}
