package import SandboxPlanning
internal import SystemPackage

extension NamespacePolicy {
  /// What helps when a step of this mechanism fails.
  package static let hints: [Hint] =
    making("clone-jail", "clone3") + making("unshare", "unshare") + [
      Hint(
        "clone-jail", "write", .notPermitted,
        advice: { facts in
          facts.appArmor
            ?? Advice(
              .missingCapability,
              "the kernel refused the id map: keep CAP_SETUID and CAP_SETGID, and spawn from a user namespace that has these ids")
        }),
      Hint(
        "clone-jail", "execve", .notPermitted, cause: .missingCapability,
        "newuidmap(1) or newgidmap(1) refused: it must be set-user-ID root or have its file capabilities, not lie on a nosuid "
          + "mount, /etc/subuid and /etc/subgid must give these ids to this user, and the user must have an account"),
      Hint(
        "clone-jail", "execve", .timedOut,
        "newuidmap(1) or newgidmap(1) did not end, and was killed: see what it waits for, the look-up of this user perhaps "
          + "(getent passwd)"),
      Hint(
        "clone-jail", "execve", .noSuchFileOrDirectory,
        "newuidmap(1) or newgidmap(1) cannot be run: see its loader, and name no further ids without it"),
      Hint(
        "clone-jail", "openat", .noSuchFileOrDirectory, cause: .missingProc,
        "the host needs a /proc, through which the id maps are written: mount -t proc proc /proc"),
      Hint(
        "clone-jail", "openat", .readOnlyFileSystem, cause: .missingProc,
        "the host's /proc is read-only, and the id maps are written through it: mount -o remount,rw /proc"),
      Hint(
        "clone-jail", "clone3", .noFunction,
        advice: { facts in
          Advice(
            facts.isFiltered ? .filter : .kernel,
            "the kernel has no clone3(2) (Linux 5.3), or a system call filter above this process hides it: run it without")
        }),
      Hint(
        "open-namespace", "openat", .noSuchFileOrDirectory,
        "there is no such namespace: ip netns add makes one below /run/netns, and a process has its own as /proc/PID/ns/KIND"),
      Hint(
        "open-namespace", "openat", .permissionDenied, cause: .missingCapability,
        "the namespaces of another user's process can be opened by root alone: spawn as root"),
      Hint(
        "adopt-orphans", "openat2", .noSuchFileOrDirectory, cause: .kernel,
        "the kernel does not list a process's children (CONFIG_PROC_CHILDREN): spawn with namespaces.pid at .own"),
      Hint("adopt-orphans", "readlinkat", .noSuchFileOrDirectory, foreignProc),
      Hint("adopt-orphans", "readlinkat", .invalidArgument, foreignProc),
      Hint("join-namespaces", "setns", .invalidArgument, "it is no namespace, or one of another kind: name its file"),
      Hint(
        "join-namespaces", "setns", .notPermitted,
        advice: { facts in
          if let advice = facts.appArmor { return advice }
          if case .joinNamespaces(_, let flags) = facts.operation, flags & NamespaceSet([.user, .pid]).flags != 0 {
            return Advice(
              nil,
              "the jail's program made itself undumpable, or its file may not be read by its user: run further programs beside "
                + "one that is neither")
          }
          return nil
            ?? Advice(
              .missingCapability,
              "joining it takes CAP_SYS_ADMIN in the user namespace that owns it: spawn as root, or as who made that")
        }),
      Hint("join-namespaces", "setns", .noSuchProcess, "the jail has ended meanwhile: spawn a new one"),
      Hint(
        "write-process-file", "write", .outOfRange,
        "a clock may not be negative, nor beyond 146 years: name smaller offsets"),
      Hint(
        "write-sysctl", "openat2", .permissionDenied,
        "the kernel lets only user 0 of the jail's user namespace change it: name 0 as credentials.user"),
      Hint(
        "write-sysctl", "openat2", .noSuchFileOrDirectory,
        "this kernel has no such sysctl in a namespace of the jail's own: see ls /proc/sys, and name one of those"),
      Hint("write-sysctl", "write", .invalidArgument, "the kernel takes no such value for it: see its own one, and name another"),
      Hint("park", "unshare", .noSpace, advice: { $0.namespaceLimit(of: ["net"]) }),
      Hint("divide-mounts", "unshare", .noSpace, advice: { $0.namespaceLimit(of: ["mnt"]) }),
      Hint("enter-mounts", "unshare", .noSpace, advice: { $0.namespaceLimit(of: ["mnt"]) }),
    ] + Hint.appArmor("make-mounts-private", "mount")
    + Hint.appArmor("raise-loopback", "socket", "ioctl") + Hint.appArmor("set-host-name", "sethostname")
    + Hint.appArmor("set-domain-name", "setdomainname")

  private static let foreignProc =
    "the host's /proc is another pid namespace's: mount -t proc proc /proc in the one that this process lives in"

  /// What keeps namespaces from being made, of a jail or of a process that enters.
  private static func making(_ operation: String, _ call: String) -> [Hint] {
    [
      Hint(
        operation, call, .notPermitted,
        advice: { facts in
          if facts.sysctl("kernel/unprivileged_userns_clone") == "0" && !facts.isRoot {
            return Advice(
              .sysctl, "the host forbids user namespaces to ordinary users: sysctl kernel.unprivileged_userns_clone=1")
          }
          if let advice = facts.appArmor { return advice }
          if facts.isChrooted {
            return Advice(.chroot, "the kernel gives no user namespace to a process in a chroot(2): run it outside of the chroot")
          }
          return facts.filter
            ?? Advice(
              nil,
              "the caller may not make namespaces: run it outside of the chroot, the system call filter or the container that "
                + "forbids them")
        }),
      Hint(
        operation, call, .permissionDenied,
        advice: { facts in
          facts.appArmor
            ?? Advice(.securityModule, "a security module forbids namespaces to this process: its policy must allow them")
        }),
      Hint(
        operation, call, .noSpace,
        advice: { $0.namespaceLimit(of: ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"]) }),
      Hint(
        operation, call, .invalidArgument, cause: .kernel,
        "the kernel lacks one of these namespaces; the youngest is time (Linux 5.6, CONFIG_TIME_NS): .time = .host(because:)"),
    ]
  }
}
