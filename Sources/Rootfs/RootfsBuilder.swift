internal import SandboxPlanning

/// Lowers mounts one by one, in order.
struct RootfsBuilder {
  let context: RootfsContext
  let root: Slot
  let newSlot: () -> Slot
  var operations: [Planned] = []
  var proc: Slot?
  var devpts: Slot?
  /// The null device's mount, with which files are masked.
  private var null: Slot?

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

  mutating func finish(from origin: PolicyPath) { append(.enterRoot, .enterRoot(root), origin) }

  mutating func add(_ mount: Mount, from origin: PolicyPath) {
    switch mount.kind {
    case .hostSystem: addHostSystem(from: origin)
    case .bind(let source, let access, let ifExists):
      addBind(source, at: mount.target, access: access, ifExists: ifExists, from: origin)
    case .tmpfs(let size, let inodes, let mode):
      let options = ["size=\(size.bytes)", "nr_inodes=\(inodes)", "mode=0\(String(mode, radix: 8))"]
      addFilesystem("tmpfs", at: mount.target, options: options, attributes: Self.harmless, from: origin)
    case .proc: addProc(at: mount.target, from: origin)
    case .devices: addDevices(at: mount.target, from: origin)
    case .symlink(let destination):
      append(.mount, .makeSymlink(root: root, path: mount.target, target: destination), origin)
    case .directory(let mode): append(.mount, .makeDirectory(root: root, path: mount.target, mode: mode), origin)
    case .file(let contents, let mode):
      append(.mount, .makeFile(root: root, path: mount.target, bytes: contents, mode: mode), origin)
    }
  }

  @discardableResult
  mutating func addFilesystem(
    _ type: String, at target: String, options: [String], attributes: MountAttributes, from origin: PolicyPath
  ) -> Slot {
    let slot = newSlot()
    append(.mount, .newFilesystem(slot, type: type, options: options, attributes: attributes), origin)
    append(.mount, .attach(slot, root: root, path: target, set: [], clear: [], recursive: false), origin)
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
    append(.mount, .attach(slot, root: root, path: target, set: set, clear: [], recursive: true), origin)
    return slot
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
      if name == "null" { null = slot }
    }
    let links = [
      ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
      ("ptmx", "pts/ptmx"),
    ]
    for (name, destination) in links {
      append(.mount, .makeSymlink(root: root, path: "\(target)/\(name)", target: destination), origin)
    }
    // Without gid=5: a single-id map has no such group (EINVAL).
    devpts = addFilesystem(
      "devpts", at: "\(target)/pts", options: ["newinstance", "ptmxmode=0666", "mode=0620"],
      attributes: [.noSetUserID, .noExecution], from: origin)
    addFilesystem(
      "tmpfs", at: "\(target)/shm", options: ["size=\(64 << 20)", "nr_inodes=4096", "mode=01777"],
      attributes: [.noSetUserID, .noDevices, .noExecution], from: origin)
  }

  private mutating func addProc(at target: String, from origin: PolicyPath) {
    proc = addFilesystem(
      "proc", at: target, options: [], attributes: [.noSetUserID, .noDevices, .noExecution], from: origin)
    for name in HostInformation.readOnly {
      append(.mask, .makeReadOnly(root: root, path: "\(target)/\(name)"), origin)
    }
    let cover: Slot
    if let null {
      cover = null
    } else {
      cover = newSlot()
      append(
        context.isRoot ? .openHostSources : .openOwnSources,
        .openTree(cover, path: "/dev/null", recursive: false, optional: false), origin)
    }
    for name in HostInformation.masked {
      append(.mask, .maskPath(root: root, null: cover, path: "\(target)/\(name)"), origin)
    }
  }
}
