package import SandboxPlanning
internal import SystemPackage

extension RootfsPolicy {
  /// What helps when a step of this mechanism fails.
  package static let hints: [Hint] = ownHints + sourceHints + targetHints + entryHints + securityHints

  private static let securityHints: [Hint] =
    Hint.appArmor("attach-root", "move_mount") + Hint.appArmor("mask-in-root", "move_mount")
    + Hint.appArmor("make-read-only-in-root", "open_tree", "move_mount")
    + Hint.appArmor("hold-in-root", "open_tree", "move_mount") + Hint.appArmor("attach", "move_mount", "mount")
    + Hint.appArmor("mask-path", "move_mount", "mount", "open_tree")
    + Hint.appArmor("make-read-only", "mount")
    + Hint.refused("enter-root", "pivot_root", "umount2", "chroot")

  private static let entryHints: [Hint] = [
    Hint(
      "change-root", "chdir", .noSuchFileOrDirectory,
      "the directory has gone since it was looked at: make it, or name another as filesystem.entryRoot"),
    Hint(
      "change-root", "chdir", .notDirectory,
      "what was a directory is none any more: make it one, or name another as filesystem.entryRoot"),
    Hint(
      "change-root", "chdir", .permissionDenied,
      "this process may not search the directory, or one above it: chmod a+x it, or name another as filesystem.entryRoot"),
    Hint("change-root", "chroot", .notPermitted, advice: { $0.appArmor ?? $0.filter }),
    Hint("change-root", "chroot", .permissionDenied, advice: { $0.appArmor }),
    Hint(
      "keep-descriptors", "close_range", .noFunction, cause: .kernel,
      "the kernel has no close_range(2): it needs Linux 5.9 or later, and no system call filter above this process that hides it"),
    Hint("keep-descriptors", "close_range", .notPermitted, advice: { $0.filter }),
  ]

  private static let ownHints: [Hint] = [
    Hint(
      "open-tree", "open_tree", .noSuchFileOrDirectory,
      "the source does not exist on the host; write .bind(…, ifExists: true) if that is acceptable"),
    Hint(
      "open-tree", "open_tree", .permissionDenied,
      advice: { facts in
        facts.appArmor
          ?? Advice(
            nil,
            "a directory on the way to the source may not be searched by this user: chmod a+x it, or spawn as a user that may")
      }),
    Hint(
      "open-tree", "open_tree", .notPermitted,
      advice: { facts in
        // Planning has seen that it has the capability.
        facts.appArmor ?? facts.filter
          ?? (facts.isRoot
            ? Advice(
              .missingCapability,
              "the mounts of this process belong to another user namespace than its own: begin it with mounts of its own, as unshare "
                + "--mount does") : nil)
      }),
    Hint("open-tree", "open_tree", .noSpace, advice: { $0.namespaceLimit(of: ["mnt"]) }),
    Hint(
      "open-tree", "open_tree", .noFunction, cause: .kernel,
      "the kernel has no open_tree(2): it needs Linux 5.10 or later, and no system call filter above this process that hides it"),
    Hint("new-filesystem", "fsmount", .notPermitted, advice: procAdvice),
    Hint("new-filesystem", "fsmount", .permissionDenied, advice: { $0.appArmor }),
    Hint("new-filesystem", "fsmount", .noSpace, advice: { $0.namespaceLimit(of: ["mnt"]) }),
    Hint("new-filesystem", "fsopen", .notPermitted, advice: { $0.appArmor ?? $0.filter }),
    Hint("mask-path", "open_tree", .noSpace, advice: { $0.namespaceLimit(of: ["mnt"]) }),
    Hint("attach-root", "move_mount", .noSpace, cause: .sysctl, mountLimit),
    Hint("attach", "move_mount", .noSpace, cause: .sysctl, mountLimit),
    Hint("mask-path", "move_mount", .noSpace, cause: .sysctl, mountLimit),
    Hint("mask-path", "mount", .noSpace, cause: .sysctl, mountLimit),
    Hint("make-read-only", "mount", .noSpace, cause: .sysctl, mountLimit),
    Hint("mask-in-root", "move_mount", .noSpace, cause: .sysctl, mountLimit),
    Hint("make-read-only-in-root", "move_mount", .noSpace, cause: .sysctl, mountLimit),
    Hint("hold-in-root", "move_mount", .noSpace, cause: .sysctl, mountLimit),
    Hint("hold-in-root", "open_tree", .noSpace, advice: { $0.namespaceLimit(of: ["mnt"]) }),
    Hint("make-read-only-in-root", "open_tree", .noSpace, advice: { $0.namespaceLimit(of: ["mnt"]) }),
    Hint(
      "new-filesystem", "fsopen", Errno(rawValue: 19), cause: .kernel,
      "the kernel was built without this file system: run one that has it, or leave the mount out"),
    Hint(
      "attach", "mkdirat", .readOnlyFileSystem,
      "the target does not exist, and lies below a read-only mount: make it on the host, or mount it before"),
    Hint(
      "attach", "mknodat", .readOnlyFileSystem,
      "the target does not exist, and lies below a read-only mount: make it on the host, or mount it before"),
    Hint(
      "attach", "mkdirat", .permissionDenied,
      "the target does not exist, and lies below a bind that the payload may not write, or where the kernel alone makes things"),
    Hint(
      "attach", "mkdirat", .noSuchFileOrDirectory,
      "the target does not exist, and lies where the kernel alone makes things (a procfs): name another"),
    Hint(
      "attach", "openat2", .tooManySymbolicLinkLevels,
      "the target leads through a loop of symbolic links, or to the root itself: name a path without one"),
    Hint("attach", "openat2", .notDirectory, "a part of the target's path is a file: name another target"),
    Hint("attach", "move_mount", .invalidArgument, "source and target must both be directories, or both files"),
    Hint(
      "attach", "openat2", Errno(rawValue: 116),
      "what is mounted below the source changed while it was being made read-only: end that, and spawn again"),
    Hint("attach", "read", .argListTooLong, "more than 1,024 mounts lie below the source: bind a directory with fewer"),
    Hint("map-tree", "mount_setattr", .noFunction, cause: .kernel) { facts in idmapHint(facts, "needs Linux 5.12") },
    Hint("map-tree", "mount_setattr", .invalidArgument, cause: .kernel) { facts in
      idmapHint(facts, "is not supported by this file system")
    },
    Hint("map-tree", "mount_setattr", .notPermitted, cause: .missingCapability) { facts in
      idmapHint(facts, "is not allowed to this process (CAP_SYS_ADMIN)")
    },
    Hint(
      "enter-root", "pivot_root", .invalidArgument, cause: .chroot,
      "the host process lives in a chroot or on the initial ramfs, where pivot_root(2) is not possible: run it outside of that, "
        + "or write filesystem.rootChange = .chroot"),
    Hint(
      "change-directory", "chdir", .noSuchFileOrDirectory,
      "the working directory does not exist inside: name another as filesystem.workingDirectory, or add it to the mounts"),
    Hint("make-file", "write", .noSpace, "the files of the policy do not fit into memory: bind large ones from the host"),
  ]

  /// Sources by paths without links.
  private static let sourceHints: [Hint] = [
    Hint(
      "open-tree", "openat2", .noSuchFileOrDirectory,
      "the source went away between the planning and the making of the jail: end what removes it, and spawn again"),
    Hint(
      "open-tree", "openat2", .permissionDenied,
      advice: { facts in
        facts.appArmor
          ?? Advice(
            nil,
            "a directory on the way to the source may not be searched by this user: chmod a+x it, or spawn as a user that may")
      }),
    Hint(
      "open-tree", "openat2", .tooManySymbolicLinkLevels,
      "somebody has put a symbolic link on the way to the source since the jail was planned: end that, or name a source that "
        + "only this user can rename"),
    Hint(
      "open-tree", "openat2", .notDirectory,
      "a part of the source's path has become a file since the jail was planned: end that, and spawn again"),
  ]

  /// What stands in the root, at places of the policy's choice.
  private static let targetHints: [Hint] =
    [
      Hint(
        "attach", "openat2", .noSuchFileOrDirectory,
        "the target does not exist in the directory of the host's that it lies in: make it there first"),
      Hint("make-file", "openat", .readOnlyFileSystem, nothingMade), Hint("make-file", "openat", .fileExists, alreadyThere),
      Hint("make-symlink", "symlinkat", .readOnlyFileSystem, nothingMade),
      Hint("make-symlink", "symlinkat", .fileExists, alreadyThere),
      Hint("make-directory", "mkdirat", .readOnlyFileSystem, nothingMade),
      Hint(
        "make-read-only-in-root", "open_tree", .invalidArgument,
        "it is unbindable, or something below it is: write another propagation for that bind"),
      Hint(
        "hold-in-root", "open_tree", .invalidArgument,
        "the bind that it lies in is unbindable, or something below it is: write another propagation for that bind"),
      Hint(
        "hold-in-root", "openat2", .tooManySymbolicLinkLevels,
        "somebody has put a symbolic link in the place of a directory on the way to the target since the jail was planned: end "
          + "that, and spawn again"),
      Hint("hold-in-root", "openat2", .notDirectory, "a part of the target's path is a file: name another target"),
    ]
    + ["attach", "make-file", "make-symlink", "make-directory", "mask-in-root", "make-read-only-in-root"].map { operation in
      Hint(
        operation, "openat2", .resourceTemporarilyUnavailable,
        "directories on the way to the target are being renamed all the time: end that, and spawn again")
    }
    + ["make-file", "make-symlink", "make-directory", "mask-in-root", "make-read-only-in-root"].flatMap { operation in
      [
        Hint(
          operation, "openat2", .tooManySymbolicLinkLevels,
          "it leads through a loop of symbolic links, or to the root itself: name a path without one"),
        Hint(operation, "openat2", .notDirectory, "a part of its path is a file: name another target"),
      ]
    }
    + ["mask-in-root", "make-read-only-in-root"].map { operation in
      Hint(
        operation, "openat2", .noSuchFileOrDirectory,
        "none of the mounts before has put anything there: name it after what it covers, or write ifExists: true")
    }

  private static let nothingMade =
    "its place lies below a read-only mount, where nothing can be made: name another, or make it on the host"
  private static let alreadyThere = "something stands there already: name another target"

  private static let mountLimit = "a mount namespace may hold no more mounts: sysctl fs.mount-max=100000, or bind less"

  /// A procfs is refused where the host's own is not fully visible: it would show what the host's covers hide.
  @Sendable private static func procAdvice(_ facts: HintFacts) -> Advice? {
    if case .newFilesystem(_, "sysfs", _, _) = facts.operation {
      return facts.appArmor
        ?? Advice(
          nil,
          "the kernel gives a user namespace a sysfs only where one is fully visible: bind \"/sys\" as it is, or mount -t sysfs "
            + "sysfs /sys on the host")
    }
    guard case .newFilesystem(_, "proc", _, _) = facts.operation else { return facts.appArmor ?? facts.filter }
    let covers = facts.coversOfProc
    guard !covers.isEmpty else {
      return facts.appArmor
        ?? Advice(
          .coveredProc,
          "the kernel gives a user namespace a fresh /proc only where one is fully visible and as writable: "
            + "mount -t proc proc /proc")
    }
    let named = covers.prefix(3).joined(separator: ", ") + (covers.count > 3 ? " and \(covers.count - 3) more" : "")
    return Advice(
      .coveredProc,
      "the host's own /proc is covered in part, as containers have it, and the kernel then gives no fresh one to a user "
        + "namespace: umount what covers it (\(named)); docker run --security-opt systempaths=unconfined, "
        + "podman run --security-opt unmask=ALL")
  }

  private static func idmapHint(_ facts: HintFacts, _ why: String) -> String {
    let (source, owner) = mappedSource(facts)
    return "\"\(source)\" belongs to uid \(owner), and this process is uid \(facts.uid): a read-write bind as root needs an "
      + "idmapped mount, which \(why): let its owner run this, or chown it to the user that does, or bind it with access .readOnly"
  }

  /// The source of the tree that could not be mapped, and its owner, as the plan's steps before have them.
  private static func mappedSource(_ facts: HintFacts) -> (path: String, owner: String) {
    guard case .mapTree(let tree, let namespace) = facts.operation else { return ("", "") }
    var (path, owner) = ("", "")
    for case .openTree(tree, let source, _, _, _) in facts.earlier { path = source }
    for case .makeIDNamespace(namespace, let uidMap, _) in facts.earlier { owner = String(uidMap.prefix { $0 != " " }) }
    return (path, owner)
  }
}
