internal import SandboxPlanning

extension RootfsBuilder {
  /// A device can be read and written by a read-only mount; but its mode, owner and times are then not for a jail that stays root
  /// to change, and they are the host's.
  static let device: MountAttributes = [.readOnly, .noSetUserID, .noExecution]

  mutating func addDevices(at target: String, from origin: PolicyPath) {
    if isOnHost { addDeviceRoom(at: target, from: origin) }
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
      let slot = addTree("/dev/\(name)", at: "\(target)/\(name)", set: Self.device, from: origin)
      if name == "null" { null = (slot, "\(target)/null") }
    }
    let links = [
      ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
      ("ptmx", "pts/ptmx"),
    ]
    for (name, destination) in links {
      addSymlink(at: "\(target)/\(name)", to: destination, from: origin)
    }
    // Without gid=5: a single-id map has no such group (EINVAL). With a bound, since terminals are the whole machine's.
    devpts = addFilesystem(
      "devpts", at: "\(target)/pts", options: ["newinstance", "ptmxmode=0666", "mode=0620", "max=64"],
      attributes: [.noSetUserID, .noExecution], from: origin)
    addFilesystem(
      "tmpfs", at: "\(target)/shm", options: ["size=\(64 << 20)", "nr_inodes=4096", "mode=01777"],
      attributes: [.noSetUserID, .noDevices, .noExecution], from: origin)
  }

  /// In a directory of the host's nothing can be made; so there is room for it in memory, the same for all jails, and read-only
  /// in the end.
  private mutating func addDeviceRoom(at target: String, from origin: PolicyPath) {
    let slot = newSlot()
    let attributes = Self.harmless.union(.noExecution)
    append(
      .mount,
      .newFilesystem(slot, type: "tmpfs", options: ["size=1048576", "nr_inodes=256", "mode=0755"], attributes: attributes), origin
    )
    append(.mount, .attach(slot, root: root, path: target, set: [], clear: [], flags: .existing), origin)
    sealed.append((slot, origin))
    isOnHost = false
  }

  mutating func addMask(at target: String, optional: Bool, from origin: PolicyPath) {
    let isFresh = fresh?.covers(target) == true
    let null = isFresh ? coverOfFiles(at: target, from: origin) : ownNull(from: origin)
    addNode(at: target, in: phase(ofCoverAt: target), isCover: true, from: origin) {
      .maskInRoot($0, null: null, path: target, optional: optional)
    }
  }

  /// The null device, in a slot of the plan that builds the root.
  private mutating func ownNull(from origin: PolicyPath) -> Slot {
    if let null { return null.slot }
    let slot = newSlot()
    append(sourcePhase, .openTree(slot, path: "/dev/null", recursive: false, optional: false), origin)
    return slot
  }

  /// The null device, in a slot of the plan that masks what each jail has anew.
  mutating func coverOfFiles(at target: String, from origin: PolicyPath) -> Slot {
    guard let fresh else { return ownNull(from: origin) }
    if let freshNull { return freshNull }
    let path: String
    if let null, !fresh.covers(null.path) {
      path = null.path
    } else {
      let host = newSlot()
      append(sourcePhase, .openTree(host, path: "/dev/null", recursive: true, optional: false), origin)
      path = store(host, for: target, set: Self.device, from: origin)
    }
    let slot = fresh.newSlot()
    self.fresh!.operations.append(
      Planned(.openOwnSources, .openTree(slot, path: path, recursive: true, optional: false), from: origin))
    freshNull = slot
    return slot
  }
}
