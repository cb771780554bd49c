package import SandboxPlanning
internal import SystemPackage

extension RootfsPolicy {
  /// What helps when a step of this mechanism fails.
  package static let hints: [Hint] = [
    Hint(
      "open-tree", "open_tree", .noSuchFileOrDirectory,
      "the source does not exist on the host; write .bind(…, ifExists: true) if that is acceptable"),
    Hint("open-tree", "open_tree", .permissionDenied, "a directory on the way to the source may not be searched by this user"),
    Hint(
      "open-tree", "open_tree", .noFunction,
      "the kernel has no open_tree(2): Linux 5.10 or later is needed, or a system call filter above this process hides it"),
    Hint("new-filesystem", "fsmount", .notPermitted) { facts in procHint(facts) },
    Hint("new-filesystem", "fsconfig", .notPermitted) { facts in procHint(facts) },
    Hint("new-filesystem", "fsopen", .notPermitted) { facts in appArmor(facts) },
    Hint("attach", "move_mount", .permissionDenied) { facts in appArmor(facts) },
    Hint(
      "attach", "mkdirat", .readOnlyFileSystem,
      "the target does not exist, and lies below a read-only mount: make it on the host, or mount it before"),
    Hint(
      "attach", "openat", .readOnlyFileSystem,
      "the target does not exist, and lies below a read-only mount: make it on the host, or mount it before"),
    Hint(
      "attach", "mkdirat", .permissionDenied, "the target does not exist, and lies below a bind that the payload may not write"),
    Hint("attach", "openat2", .tooManySymbolicLinkLevels, "the target leads through a loop of symbolic links"),
    Hint("attach", "openat2", .notDirectory, "a part of the target's path is a file"),
    Hint("attach", "move_mount", .notDirectory, "source and target must both be directories, or both files"),
    Hint("attach", "mount_setattr", .noFunction, "mounts below a read-only one need Linux 5.12 (mount_setattr)"),
    Hint("map-tree", "mount_setattr", .noFunction) { facts in idmapHint(facts, "needs Linux 5.12") },
    Hint("map-tree", "mount_setattr", .invalidArgument) { facts in idmapHint(facts, "is not supported by this file system") },
    Hint("map-tree", "mount_setattr", .notPermitted) { facts in idmapHint(facts, "is not allowed to this process (CAP_SYS_ADMIN)")
    },
    Hint(
      "enter-root", "pivot_root", .invalidArgument,
      "the host process lives in a chroot or on the initial ramfs, where pivot_root(2) is not possible"),
    Hint(
      "change-directory", "chdir", .noSuchFileOrDirectory,
      "the working directory does not exist inside; filesystem.workingDirectory names it"),
    Hint("make-file", "write", .noSpace, "the files of the policy do not fit"),
  ]

  private static func procHint(_ facts: HintFacts) -> String? {
    guard case .newFilesystem(_, "proc", _, _) = facts.operation else { return appArmor(facts) }
    return "the host's own /proc is masked in part (as containers have it), and the kernel then gives no fresh one to a user "
      + "namespace: unmask it (docker: --security-opt systempaths=unconfined), or leave .proc out of filesystem.mounts"
  }

  private static func idmapHint(_ facts: HintFacts, _ why: String) -> String {
    "a read-write bind as root needs an idmapped mount, which \(why): "
      + "chown the source to the user that runs this, and spawn as that user, or bind it with access .readOnly"
  }

  private static func appArmor(_ facts: HintFacts) -> String? {
    guard facts.sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1" else { return nil }
    return "AppArmor takes the capabilities of unprivileged user namespaces: "
      + "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile with `userns,` for this program"
  }
}
