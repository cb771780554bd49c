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
  /// Whether the mount's target lies in a directory of the host's: nothing is made there.
  var isOnHost = false
  /// The null device's mount, with which files are masked, and where it stands.
  var null: (slot: Slot, path: String)?
  /// The same, in a slot of each jail.
  var freshNull: Slot?
  /// Parts of the host that stand at their own paths.
  var shown: Set<String> = []
  /// Where there is a procfs.
  var procfs: [[Substring]] = []
  /// Directories that nobody inside can rename.
  private var held: Set<String> = []
  /// What becomes read-only once everything stands in it.
  var sealed: [(tree: Slot, origin: PolicyPath)] = []

  init(context: RootfsContext, root: Slot, newSlot: @escaping () -> Slot) {
    self.context = context
    self.root = root
    self.newSlot = newSlot
  }

  /// What shows the pid or the ipc namespace of whoever makes it.
  private static let ofNamespaces: Set = ["proc", "mqueue"]

  static let harmless: MountAttributes = [.noSetUserID, .noDevices]

  mutating func append(_ phase: Phase, _ operation: Operation, _ origin: PolicyPath) {
    operations.append(Planned(phase, operation, from: origin))
  }

  /// A new root, which becomes read-only in the end, or the host's.
  mutating func begin(_ directory: RootDirectory, size: Int, inodes: Int, from origin: PolicyPath) {
    switch directory {
    case .new:
      let options = ["size=\(size)", "nr_inodes=\(inodes)", "mode=0755"]
      append(.newRoot, .newFilesystem(root, type: "tmpfs", options: options, attributes: Self.harmless), origin)
      append(.newRoot, .attachRoot(root), origin)
    case .directory(let bind):
      let origin = origin.appending("root")
      open(bind, as: root, from: origin)
      append(.newRoot, .attachRoot(root, set: attributes(of: bind), flags: flags(of: bind)), origin)
    }
  }

  mutating func finish(_ directory: RootDirectory, by change: RootChange, from origin: PolicyPath) {
    if let fresh, fresh.proc == nil, let place = fresh.stores.first { showProc(at: place, from: origin) }
    for (tree, origin) in sealed { append(.enterRoot, .setMountAttributes(tree, .readOnly), origin) }
    let path = change == .pivotRoot ? origin : origin.appending("rootChange")
    append(.enterRoot, .enterRoot(root, isWritable: directory != .new, byChroot: change == .chroot), path)
  }

  mutating func add(_ mount: Mount, from origin: PolicyPath) {
    let target = mount.target
    switch mount.kind {
    case .hostSystem: addHostSystem(from: origin)
    case .bind(let bind): addBind(bind, at: target, from: origin)
    case .device(let source, _):
      addTree(
        context.real(source), at: target, set: Self.device, followsLinks: false, from: origin)
    case .program: addProgram(target, from: origin)
    case .tmpfs(let size, let inodes, let mode, let allowsExecution):
      let options = ["size=\(size.bytes)", "nr_inodes=\(inodes)", "mode=0\(String(mode, radix: 8))"]
      let attributes = allowsExecution ? Self.harmless : Self.harmless.union(.noExecution)
      addFilesystem("tmpfs", at: target, options: options, attributes: attributes, from: origin)
    case .proc(let options): addProc(options, at: target, from: origin)
    case .messageQueues:
      addFilesystem("mqueue", at: target, options: [], attributes: Self.harmless.union(.noExecution), from: origin)
    case .sysfs:
      let attributes = Self.harmless.union([.readOnly, .noExecution])
      addFilesystem("sysfs", at: target, options: [], attributes: attributes, from: origin)
      for name in HostInformation.maskedOfSysfs { addMask(at: "\(target)/\(name)", optional: true, from: origin) }
    case .devices: addDevices(at: target, from: origin)
    case .symlink(let destination): addSymlink(at: target, to: destination, from: origin)
    case .directory(let mode):
      addNode(at: target, from: origin) { .makeDirectory(root: $0, path: target, mode: mode) }
    case .file(let contents, let mode): addFile(at: target, contents: contents, mode: mode, from: origin)
    case .masked(let ifExists): addMask(at: target, optional: ifExists, from: origin)
    case .readOnly(let ifExists):
      addNode(at: target, in: phase(ofReadOnlyAt: target), isCover: true, from: origin) {
        .makeReadOnlyInRoot($0, path: target, optional: ifExists)
      }
    }
  }

  /// Once for all that lies in it.
  mutating func hold(_ directory: String, from origin: PolicyPath) {
    guard held.insert(directory).inserted else { return }
    addNode(at: directory, from: origin) { .holdInRoot($0, path: directory) }
  }

  mutating func addSymlink(at target: String, to destination: String, from origin: PolicyPath) {
    addNode(at: target, from: origin) { .makeSymlink(root: $0, path: target, target: destination) }
  }

  mutating func addFile(at target: String, contents: [UInt8], mode: UInt32, from origin: PolicyPath) {
    addNode(at: target, from: origin) { .makeFile(root: $0, path: target, bytes: contents, mode: mode) }
  }

  /// Something that is made in the file system that stands there, or changes it.
  ///
  /// - Parameter isCover: it changes what stands there, by which it is found.
  mutating func addNode(
    at target: String, in phase: Phase = .mount, isCover: Bool = false, from origin: PolicyPath, _ operation: (Slot) -> Operation
  ) {
    if let fresh, fresh.covers(target) {
      self.fresh!.add(at: target, isLate: isCover) { [Planned(phase, operation($0), from: origin)] }
    } else {
      append(phase, operation(root), origin)
    }
  }

  /// A file system of the jail's own.
  @discardableResult
  mutating func addFilesystem(
    _ type: String, at target: String, options: [String], attributes: MountAttributes, from origin: PolicyPath
  ) -> Slot {
    let flags: AttachFlags = isOnHost ? .existing : []
    guard let fresh else {
      let slot = newSlot()
      append(.mount, .newFilesystem(slot, type: type, options: options, attributes: attributes), origin)
      append(.mount, .attach(slot, root: root, path: target, set: [], clear: [], flags: flags), origin)
      return slot
    }
    if self.fresh!.add(target), !isOnHost {
      append(.mount, .makeDirectory(root: root, path: target, mode: 0o755), origin)
    }
    let slot = fresh.newSlot()
    self.fresh!.add(at: target, isLate: Self.ofNamespaces.contains(type)) { root in
      [
        Planned(.newFilesystems, .newFilesystem(slot, type: type, options: options, attributes: attributes), from: origin),
        Planned(.mount, .attach(slot, root: root, path: target, set: [], clear: [], flags: flags), from: origin),
      ]
    }
    return slot
  }
}
