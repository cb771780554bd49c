package import SandboxPlanning
internal import SystemPackage

extension RootfsPolicy {
  /// What helps when a step of this mechanism fails.
  package static let hints: [Hint] = ownHints + securityHints

  private static let securityHints: [Hint] =
    Hint.appArmor("attach-root", "move_mount") + Hint.appArmor("attach", "move_mount", "mount")
    + Hint.appArmor("mask-path", "move_mount", "mount", "open_tree")
    + Hint.appArmor("make-read-only", "mount")
    + Hint.appArmor("enter-root", "pivot_root", "umount2")

  private static let ownHints: [Hint] = [
    Hint(
      "open-tree", "open_tree", .noSuchFileOrDirectory,
      "the source does not exist on the host; write .bind(…, ifExists: true) if that is acceptable"),
    Hint("open-tree", "open_tree", .permissionDenied) { facts in
      facts.appArmor
        ?? "a directory on the way to the source may not be searched by this user: chmod a+x it, or spawn as a user that may"
    },
    Hint("open-tree", "open_tree", .notPermitted) { facts in facts.appArmor },
    Hint("open-tree", "open_tree", .noSpace) { facts in facts.namespaceLimit(of: ["mnt"]) },
    Hint(
      "open-tree", "open_tree", .noFunction,
      "the kernel has no open_tree(2): it needs Linux 5.10 or later, and no system call filter above this process that hides it"),
    Hint("new-filesystem", "fsmount", .notPermitted) { facts in procHint(facts) },
    Hint("new-filesystem", "fsmount", .permissionDenied) { facts in facts.appArmor },
    Hint("new-filesystem", "fsmount", .noSpace) { facts in facts.namespaceLimit(of: ["mnt"]) },
    Hint("new-filesystem", "fsopen", .notPermitted) { facts in facts.appArmor },
    Hint("mask-path", "open_tree", .noSpace) { facts in facts.namespaceLimit(of: ["mnt"]) },
    Hint("attach-root", "move_mount", .noSpace, mountLimit),
    Hint("attach", "move_mount", .noSpace, mountLimit),
    Hint("mask-path", "move_mount", .noSpace, mountLimit),
    Hint("mask-path", "mount", .noSpace, mountLimit),
    Hint("make-read-only", "mount", .noSpace, mountLimit),
    Hint(
      "attach", "mkdirat", .readOnlyFileSystem,
      "the target does not exist, and lies below a read-only mount: make it on the host, or mount it before"),
    Hint(
      "attach", "mknodat", .readOnlyFileSystem,
      "the target does not exist, and lies below a read-only mount: make it on the host, or mount it before"),
    Hint(
      "attach", "mkdirat", .permissionDenied, "the target does not exist, and lies below a bind that the payload may not write"),
    Hint(
      "attach", "openat2", .tooManySymbolicLinkLevels,
      "the target leads through a loop of symbolic links: name a path without one"),
    Hint("attach", "openat2", .notDirectory, "a part of the target's path is a file: name another target"),
    Hint("attach", "move_mount", .notDirectory, "source and target must both be directories, or both files"),
    Hint(
      "attach", "openat2", Errno(rawValue: 116),
      "what is mounted below the source changed while it was being made read-only: end that, and spawn again"),
    Hint("attach", "read", .argListTooLong, "more than 1,024 mounts lie below the source: bind a directory with fewer"),
    Hint("map-tree", "mount_setattr", .noFunction) { facts in idmapHint(facts, "needs Linux 5.12") },
    Hint("map-tree", "mount_setattr", .invalidArgument) { facts in idmapHint(facts, "is not supported by this file system") },
    Hint("map-tree", "mount_setattr", .notPermitted) { facts in idmapHint(facts, "is not allowed to this process (CAP_SYS_ADMIN)")
    },
    Hint(
      "enter-root", "pivot_root", .invalidArgument,
      "the host process lives in a chroot or on the initial ramfs, where pivot_root(2) is not possible: run it outside of that"),
    Hint(
      "change-directory", "chdir", .noSuchFileOrDirectory,
      "the working directory does not exist inside: name another as filesystem.workingDirectory, or add it to the mounts"),
    Hint("make-file", "write", .noSpace, "the files of the policy do not fit into memory: bind large ones from the host"),
  ]

  private static let mountLimit = "a mount namespace may hold no more mounts: sysctl fs.mount-max=100000, or bind less"

  /// A procfs is refused where the host's own is not fully visible: it would show what the host's covers hide.
  private static func procHint(_ facts: HintFacts) -> String? {
    guard case .newFilesystem(_, "proc", _, _) = facts.operation else { return facts.appArmor }
    let covers = facts.coversOfProc
    guard !covers.isEmpty else {
      return facts.appArmor
        ?? "the kernel gives a user namespace a fresh /proc only where one is fully visible and as writable: "
        + "mount -t proc proc /proc"
    }
    let named = covers.prefix(3).joined(separator: ", ") + (covers.count > 3 ? " and \(covers.count - 3) more" : "")
    return "the host's own /proc is covered in part, as containers have it, and the kernel then gives no fresh one to a user "
      + "namespace: umount what covers it (\(named)); docker run --security-opt systempaths=unconfined, "
      + "podman run --security-opt unmask=ALL"
  }

  private static func idmapHint(_ facts: HintFacts, _ why: String) -> String {
    "a read-write bind as root needs an idmapped mount, which \(why): "
      + "chown the source to the user that runs this, and spawn as that user, or bind it with access .readOnly"
  }
}
