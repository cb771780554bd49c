package import SandboxPlanning
internal import SystemPackage

extension NamespacePolicy {
  /// What helps when a step of this mechanism fails.
  package static let hints: [Hint] =
    [
      Hint("clone-jail", "clone3", .notPermitted) { facts in
        if facts.sysctl("kernel/unprivileged_userns_clone") == "0" && !facts.isRoot {
          return "the host forbids user namespaces to ordinary users: sysctl kernel.unprivileged_userns_clone=1"
        }
        return facts.appArmor
          ?? "the caller may not make namespaces: run it outside of the chroot, the system call filter or the container that "
          + "forbids them"
      },
      Hint("clone-jail", "clone3", .permissionDenied) { facts in
        facts.appArmor ?? "a security module forbids namespaces to this process: its policy must allow them"
      },
      Hint("clone-jail", "clone3", .noSpace) { facts in
        facts.namespaceLimit(of: ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"])
      },
      Hint("clone-jail", "write", .notPermitted) { facts in
        facts.appArmor
          ?? "the kernel refused the id map: keep CAP_SETUID and CAP_SETGID, and spawn from a user namespace that has these ids"
      },
      Hint(
        "clone-jail", "openat", .noSuchFileOrDirectory,
        "the host needs a /proc, through which the id maps are written: mount -t proc proc /proc"),
      Hint(
        "clone-jail", "openat", .readOnlyFileSystem,
        "the host's /proc is read-only, and the id maps are written through it: mount -o remount,rw /proc"),
      Hint(
        "clone-jail", "clone3", .invalidArgument,
        "the kernel lacks one of these namespaces; the youngest is time (Linux 5.6, CONFIG_TIME_NS): .time = .host(because:)"),
      Hint("park", "unshare", .noSpace) { facts in facts.namespaceLimit(of: ["net"]) },
      Hint("divide-mounts", "unshare", .noSpace) { facts in facts.namespaceLimit(of: ["mnt"]) },
      Hint("enter-mounts", "unshare", .noSpace) { facts in facts.namespaceLimit(of: ["mnt"]) },
    ] + Hint.appArmor("make-mounts-private", "mount")
    + Hint.appArmor("raise-loopback", "socket", "ioctl") + Hint.appArmor("set-host-name", "sethostname")
    + Hint.appArmor("set-domain-name", "setdomainname")
}
