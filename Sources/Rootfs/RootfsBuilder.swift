internal import SandboxPlanning

/// Lowers mounts one by one, in order.
struct RootfsBuilder {
  var context: RootfsContext
  let root: Slot
  let newSlot: () -> Slot
  var operations: [Planned] = []
  /// What each jail makes anew, where a launcher is prepared for several; nil for one jail alone.
  var fresh: FreshMounts?
  var proc: Slot?
  var devpts: Slot?
  /// The null device's mount, with which files are masked, and where it stands.
  private var null: (slot: Slot, path: String)?

  init(context: RootfsContext, root: Slot, newSlot: @escaping () -> Slot) {
    self.context = context
    self.root = root
    self.newSlot = newSlot
  }

  private static let harmless: MountAttributes = [.noSetUserID, .noDevices]

  mutating func append(_ phase: Phase, _ operation: Operation, _ origin: PolicyPath) {
    operations.append(Planned(phase, operation, from: origin))
  }

  mutating func begin(size: Int, inodes: Int, from origin: PolicyPath) {
    let options = ["size=\(size)", "nr_inodes=\(inodes)", "mode=0755"]
    append(.newRoot, .newFilesystem(root, type: "tmpfs", options: options, attributes: Self.harmless), origin)
    append(.newRoot, .attachRoot(root), origin)
  }

  mutating func finish(from origin: PolicyPath) {
    if let fresh, fresh.proc == nil, let place = fresh.stores.first { showProc(at: place, from: origin) }
    append(.enterRoot, .enterRoot(root), origin)
  }

  mutating func add(_ mount: Mount, from origin: PolicyPath) {
    let target = mount.target
    switch mount.kind {
    case .hostSystem: addHostSystem(from: origin)
    case .bind(let source, let access, let ifExists):
      addBind(source, at: target, access: access, ifExists: ifExists, from: origin)
    case .tmpfs(let size, let inodes, let mode):
      let options = ["size=\(size.bytes)", "nr_inodes=\(inodes)", "mode=0\(String(mode, radix: 8))"]
      addFilesystem("tmpfs", at: target, options: options, attributes: Self.harmless, from: origin)
    case .proc: addProc(at: target, from: origin)
    case .devices: addDevices(at: target, from: origin)
    case .symlink(let destination): addSymlink(at: target, to: destination, from: origin)
    case .directory(let mode):
      addNode(at: target, from: origin) { .makeDirectory(root: $0, path: target, mode: mode) }
    case .file(let contents, let mode): addFile(at: target, contents: contents, mode: mode, from: origin)
    }
  }

  mutating func addSymlink(at target: String, to destination: String, from origin: PolicyPath) {
    addNode(at: target, from: origin) { .makeSymlink(root: $0, path: target, target: destination) }
  }

  mutating func addFile(at target: String, contents: [UInt8], mode: UInt32, from origin: PolicyPath) {
    addNode(at: target, from: origin) { .makeFile(root: $0, path: target, bytes: contents, mode: mode) }
  }

  /// Something that is made in the file system that stands there.
  private mutating func addNode(at target: String, from origin: PolicyPath, _ operation: (Slot) -> Operation) {
    if let fresh, fresh.covers(target) {
      self.fresh?.operations.append(Planned(.mount, operation(fresh.root), from: origin))
    } else {
      append(.mount, operation(root), origin)
    }
  }

  /// A file system of the jail's own.
  @discardableResult
  mutating func addFilesystem(
    _ type: String, at target: String, options: [String], attributes: MountAttributes, from origin: PolicyPath
  ) -> Slot {
    guard let fresh else {
      let slot = newSlot()
      append(.mount, .newFilesystem(slot, type: type, options: options, attributes: attributes), origin)
      append(.mount, .attach(slot, root: root, path: target, set: [], clear: [], flags: []), origin)
      return slot
    }
    if self.fresh!.add(target) {
      append(.mount, .makeDirectory(root: root, path: target, mode: 0o755), origin)
    }
    let slot = fresh.newSlot()
    self.fresh!.operations += [
      Planned(.newFilesystems, .newFilesystem(slot, type: type, options: options, attributes: attributes), from: origin),
      Planned(.mount, .attach(slot, root: fresh.root, path: target, set: [], clear: [], flags: []), from: origin),
    ]
    return slot
  }

  /// A tree of the host. An ordinary user's bind takes what is mounted below along: the kernel refuses to show what such a
  /// mount hides (EINVAL).
  @discardableResult
  mutating func addTree(
    _ source: String, at target: String, set: MountAttributes, optional: Bool = false, from origin: PolicyPath
  ) -> Slot {
    let slot = newSlot()
    append(
      context.isRoot ? .openHostSources : .openOwnSources,
      .openTree(slot, path: source, recursive: true, optional: optional), origin)
    guard let fresh, fresh.covers(target) else {
      append(.mount, .attach(slot, root: root, path: target, set: set, clear: [], flags: [.recursive, .private]), origin)
      return slot
    }
    let stored = store(slot, for: target, set: set, from: origin)
    let own = fresh.newSlot()
    self.fresh!.operations += [
      Planned(.openOwnSources, .openTree(own, path: stored, recursive: true, optional: optional), from: origin),
      Planned(.mount, .attach(own, root: fresh.root, path: target, set: [], clear: [], flags: []), from: origin),
    ]
    return slot
  }

  /// Attaches a tree where a jail finds it before it covers the place; gives its path.
  private mutating func store(_ tree: Slot, for target: String, set: MountAttributes, from origin: PolicyPath) -> String {
    let (path, place, isFirst) = fresh!.store(for: target)
    if isFirst {
      let tmpfs = newSlot()
      append(
        .mount, .newFilesystem(tmpfs, type: "tmpfs", options: ["size=1048576", "mode=0755"], attributes: Self.harmless), origin)
      append(.mount, .attach(tmpfs, root: root, path: place, set: [], clear: [], flags: []), origin)
      fresh!.stores.append(place)
    }
    append(.mount, .attach(tree, root: root, path: path, set: set, clear: [], flags: [.recursive, .private]), origin)
    return path
  }

  private mutating func addBind(
    _ source: String, at target: String, access: BindAccess, ifExists: Bool, from origin: PolicyPath
  ) {
    let readOnly: MountAttributes = access == .readOnly ? [.readOnly] : []
    let position = operations.count
    let tree = addTree(source, at: target, set: Self.harmless.union(readOnly), optional: ifExists, from: origin)

    // As root the payload's uid owns nothing of the host: what the source's owner owns is shown as the payload's, and what
    // the payload makes there is the owner's.
    guard access == .readWrite, context.isRoot, let entry = context.files[source] else { return }
    let namespace = newSlot()
    let mapping = [
      Planned(
        .openHostSources,
        .makeIDNamespace(
          namespace, uidMap: "\(entry.uid) \(context.outsideUser) 1", gidMap: "\(entry.gid) \(context.outsideGroup) 1"),
        from: origin),
      Planned(.openHostSources, .mapTree(tree, namespace: namespace), from: origin),
      Planned(.openHostSources, .close(namespace), from: origin),
    ]
    operations.insert(contentsOf: mapping, at: position + 1)
  }

  mutating func addDevice(_ name: String, below directory: String, from origin: PolicyPath) -> Slot {
    addTree("/dev/\(name)", at: "\(directory)/\(name)", set: [.noSetUserID, .noExecution], from: origin)
  }

  private mutating func addDevices(at target: String, from origin: PolicyPath) {
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
      let slot = addDevice(name, below: target, from: origin)
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

  private mutating func addProc(at target: String, from origin: PolicyPath) {
    let own = addFilesystem(
      "proc", at: target, options: [], attributes: [.noSetUserID, .noDevices, .noExecution], from: origin)
    let cover = coverOfFiles(at: target, from: origin)
    let hidden =
      HostInformation.readOnly.map { Planned(.mask, .makeReadOnly(procfs: own, name: $0), from: origin) }
      + HostInformation.masked.map { name in
        let isDirectory = HostInformation.directories.contains(name)
        return Planned(.mask, .maskPath(procfs: own, null: cover, name: name, isDirectory: isDirectory), from: origin)
      }
    if fresh != nil {
      showProc(at: target, from: origin)
      fresh!.operations += hidden
    } else {
      proc = own
      operations += hidden
    }
  }

  /// The procfs that the launcher of a prepared sandbox keeps for its jails: the host's, which they see until they have
  /// their own.
  private mutating func showProc(at target: String, from origin: PolicyPath) {
    let host = newSlot()
    append(.openOwnSources, .openTree(host, path: "/proc", recursive: true, optional: false), origin)
    fresh!.proc = store(host, for: target, set: [], from: origin)
    proc = host
  }

  /// The null device, in a slot of the plan that masks.
  private mutating func coverOfFiles(at target: String, from origin: PolicyPath) -> Slot {
    guard let fresh else {
      if let null { return null.slot }
      let slot = newSlot()
      append(
        context.isRoot ? .openHostSources : .openOwnSources,
        .openTree(slot, path: "/dev/null", recursive: false, optional: false), origin)
      return slot
    }
    let path: String
    if let null, !fresh.covers(null.path) {
      path = null.path
    } else {
      let host = newSlot()
      append(
        context.isRoot ? .openHostSources : .openOwnSources,
        .openTree(host, path: "/dev/null", recursive: true, optional: false), origin)
      path = store(host, for: target, set: [], from: origin)
    }
    let slot = fresh.newSlot()
    self.fresh!.operations.append(
      Planned(.openOwnSources, .openTree(slot, path: path, recursive: true, optional: false), from: origin))
    return slot
  }
}
