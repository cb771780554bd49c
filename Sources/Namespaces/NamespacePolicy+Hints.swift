package import SandboxPlanning
internal import SystemPackage

extension NamespacePolicy {
  /// What helps when a step of this mechanism fails.
  package static let hints: [Hint] = [
    Hint("clone-jail", "clone3", .notPermitted) { facts in
      if facts.sysctl("kernel/unprivileged_userns_clone") == "0" && !facts.isRoot {
        return "the host forbids user namespaces to ordinary users: sysctl kernel.unprivileged_userns_clone=1"
      }
      if facts.sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1" && !facts.isRoot {
        return "AppArmor forbids user namespaces to programs without a profile that allows them: "
          + "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile with `userns,`"
      }
      return "the caller may not make namespaces: it may be in a chroot, under a system call filter, or in a container "
        + "that forbids them"
    },
    Hint("clone-jail", "clone3", .noSpace) { facts in
      let names = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"]
      let exhausted = names.filter { facts.sysctl("user/max_\($0)_namespaces") == "0" }
      return exhausted.isEmpty
        ? "a limit of namespaces is reached: raise sysctl user.max_user_namespaces and its kin, or end jails"
        : "the host allows no such namespace: raise "
          + exhausted.map { "sysctl user.max_\($0)_namespaces" }.joined(separator: ", ")
    },
    Hint("clone-jail", "write", .notPermitted) { facts in
      facts.sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1"
        ? "AppArmor restricts unprivileged user namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0, "
          + "or a profile with `userns,`"
        : "the kernel refused the id map: the caller may lack CAP_SETUID, or live in a user namespace that lacks these ids"
    },
    Hint("make-mounts-private", "mount", .permissionDenied) { facts in appArmor(facts) },
    Hint("make-mounts-private", "mount", .notPermitted) { facts in appArmor(facts) },
    Hint("raise-loopback", "ioctl", .notPermitted) { facts in appArmor(facts) },
    Hint(
      "clone-jail", "clone3", .invalidArgument,
      "the kernel lacks one of these namespaces; time is the youngest (Linux 5.6, CONFIG_TIME_NS): .time = .host(because:)"),
    Hint("park", "unshare", .noSpace, "a limit of network namespaces is reached: sysctl user.max_net_namespaces"),
  ]

  private static func appArmor(_ facts: HintFacts) -> String? {
    guard facts.sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1" else { return nil }
    return "AppArmor takes the capabilities of unprivileged user namespaces: "
      + "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile with `userns,` for this program"
  }
}
