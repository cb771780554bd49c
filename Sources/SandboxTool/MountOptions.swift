import ArgumentParser
import Sandbox

struct MountOptions: ParsableArguments {
  @Option(
    name: .customLong("bind"),
    help: .init(
      """
      A file or directory of the host, read-only. Options, by commas: noexec; private, slave, shared or unbindable; as root \
      uidmap=33:1000[:1] and gidmap=…, several times, for whose files are shown as whose. (filesystem.mounts)
      """, valueName: "source[:target[:options]]"),
    transform: { try MountWords.bind($0, option: "bind", access: .readOnly) })
  var binds: [PlacedMount] = []

  @Option(
    name: .customLong("bind-rw"),
    help: .init(
      "The same, writable: the host sees what is written. (filesystem.mounts)", valueName: "source[:target[:options]]"),
    transform: { try MountWords.bind($0, option: "bind-rw", access: .readWrite) })
  var writableBinds: [PlacedMount] = []

  @Option(
    name: .customLong("bind-try"),
    help: .init(
      "As --bind; left out where the source does not exist. (filesystem.mounts)", valueName: "source[:target[:options]]"),
    transform: { try MountWords.bind($0, option: "bind-try", access: .readOnly, ifExists: true) })
  var optionalBinds: [PlacedMount] = []

  @Option(
    name: .customLong("dev-bind"),
    help: .init("A device of the host, for a reason. (filesystem.mounts)", valueName: "source[:target]=reason"),
    transform: { try MountWords.device($0) })
  var hostDevices: [PlacedMount] = []

  @Option(
    name: .customLong("program"),
    help: .init(
      "A program of the host with its interpreter and libraries, and nothing else. (filesystem.mounts)", valueName: "path"),
    transform: { PlacedMount(.program($0)) })
  var programs: [PlacedMount] = []

  @Option(
    name: .customLong("tmpfs"),
    help: .init(
      "An empty directory in memory, of 64MiB unless said otherwise. (filesystem.mounts)",
      valueName: "target[:size,inodes=n,mode=0755,noexec]"),
    transform: { try MountWords.tmpfs($0) })
  var memoryDirectories: [PlacedMount] = []

  @Option(
    name: .customLong("dir"), help: .init("An empty directory. (filesystem.mounts)", valueName: "target"),
    transform: { PlacedMount(.directory(at: $0)) })
  var directories: [PlacedMount] = []

  @Option(
    name: .customLong("file"),
    help: .init("A copy of a file, the jail's own. (filesystem.mounts)", valueName: "source:target"),
    transform: { try MountWords.file($0) })
  var files: [PlacedMount] = []

  @Option(
    name: .customLong("symlink"),
    help: .init("A symbolic link. (filesystem.mounts)", valueName: "target:destination"),
    transform: { text in
      let parts = try MountText(text)
      guard let destination = parts.second else { throw ValidationError("\"\(text)\" names no destination after a \":\"") }
      return PlacedMount(.symlink(at: parts.first, to: destination))
    })
  var links: [PlacedMount] = []

  @Option(
    name: .customLong("proc"),
    help: .init(
      "The jail's processes, all of it or subset=pid; hidepid=noaccess, invisible or ptraceable. (filesystem.mounts)",
      valueName: "target[:subset=pid,hidepid=how,gid=n]"),
    transform: { try MountWords.proc($0) })
  var procs: [PlacedMount] = []

  @Option(
    name: .customLong("dev"), help: .init("A minimal /dev. (filesystem.mounts)", valueName: "target"),
    transform: { PlacedMount(Mount(.devices, at: $0)) })
  var devices: [PlacedMount] = []

  @Option(
    name: .customLong("mqueue"), help: .init("The jail's message queues. (filesystem.mounts)", valueName: "target"),
    transform: { PlacedMount(Mount(.messageQueues, at: $0)) })
  var queues: [PlacedMount] = []

  @Option(
    name: .customLong("sysfs"),
    help: .init("The machine's devices, read-only. (filesystem.mounts)", valueName: "target"),
    transform: { PlacedMount(Mount(.sysfs, at: $0)) })
  var sysfs: [PlacedMount] = []

  @Option(
    name: .customLong("mask"),
    help: .init("Hides what is there so far; an error where nothing is. (filesystem.mounts)", valueName: "path"),
    transform: { PlacedMount(.masked($0)) })
  var masks: [PlacedMount] = []

  @Option(
    name: .customLong("mask-try"),
    help: .init("The same, where something is. (filesystem.mounts)", valueName: "path"),
    transform: { PlacedMount(.masked($0, ifExists: true)) })
  var optionalMasks: [PlacedMount] = []

  @Option(
    name: .customLong("read-only-path"),
    help: .init(
      "Makes what is there so far read-only; an error where nothing is. (filesystem.mounts)", valueName: "path"),
    transform: { PlacedMount(.readOnly($0)) })
  var readOnlyPaths: [PlacedMount] = []

  @Flag(name: .customLong("empty-root"), help: "A root with nothing in it but what the options name. (filesystem.mounts)")
  var hasEmptyRoot = false

  @Option(
    name: .customLong("root"),
    help: .init(
      "A directory of the host as root, read-only, with a /proc, /dev and /tmp of the jail's own. (filesystem.root)",
      valueName: "directory[::options]"))
  var root: String?

  @Option(
    name: .customLong("root-rw"),
    help: .init("The same, writable: the host sees what is written. (filesystem.root)", valueName: "directory[::options]"))
  var writableRoot: String?

  @Flag(
    name: .customLong("chroot"),
    help: "Enters the root by chroot(2), where pivot_root(2) is not possible. (filesystem.rootChange)")
  var changesByChroot = false

  @Option(
    name: .customLong("keep-root"),
    help: .init(
      "Builds no root and keeps the host's, for a reason; with --share mount. (filesystem.entryRoot)", valueName: "reason"))
  var keptRootReason: String?

  @Option(
    name: .customLong("chroot-to"),
    help: .init(
      "Builds no root and changes to a directory of the host's by chroot(2); with --share mount. (filesystem.entryRoot)",
      valueName: "directory[=reason]"))
  var hostRoot: String?

  @Option(
    name: .customLong("chdir"),
    help: .init(
      "Where the program begins; /tmp by default, / in a --root. (filesystem.workingDirectory)", valueName: "path"))
  var workingDirectory: String?

  func validate() throws {
    if [root != nil, writableRoot != nil, hasEmptyRoot, keptRootReason != nil, hostRoot != nil].filter({ $0 }).count > 1 {
      throw ValidationError(
        "--root, --root-rw, --empty-root, --keep-root and --chroot-to contradict each other: a jail has one root")
    }
  }

  func apply(to filesystem: inout RootfsPolicy) throws {
    if hasEmptyRoot { filesystem = .empty }
    if let keptRootReason { filesystem = .unchanged(because: keptRootReason) }
    if let hostRoot {
      let parts = hostRoot.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      filesystem = .chroot(to: parts[0], because: parts.count == 2 ? parts[1] : nil)
    }
    for (text, option, access) in [(root, "root", BindAccess.readOnly), (writableRoot, "root-rw", .readWrite)] {
      guard let text else { continue }
      let parts = try MountText(text, most: 3)
      guard parts.second == nil else { throw ValidationError("--\(option): the root stands at \"/\": it has no target") }
      filesystem = .directory(parts.first)
      filesystem.root = .directory(
        try MountWords.bind(parts.first, option: option, access: access, words: parts.options))
    }
    if changesByChroot { filesystem.rootChange = .chroot }
    let given = filesystem.mounts.count
    for mount in inOrder {
      // What stands there by default, or by the policy, gives way.
      if let index = filesystem.mounts[..<given].firstIndex(where: { $0.target == mount.target && $0.kind != .hostSystem }),
        !mount.isCover
      {
        filesystem.mounts[index] = mount
      } else {
        filesystem.mounts.append(mount)
      }
    }
    if let workingDirectory { filesystem.workingDirectory = workingDirectory }
  }

  /// All of them, as they were written.
  private var inOrder: [Mount] {
    let all = [
      binds, writableBinds, optionalBinds, hostDevices, programs, memoryDirectories, directories, files, links, procs, devices,
      queues, sysfs, masks, optionalMasks, readOnlyPaths,
    ]
    return all.joined().sorted { $0.place < $1.place }.map(\.mount)
  }
}

extension Mount {
  /// Whether it changes what stands there, and is not another thing.
  fileprivate var isCover: Bool {
    switch kind {
    case .masked, .readOnly: true
    default: false
    }
  }
}
