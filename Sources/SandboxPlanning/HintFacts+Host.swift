internal import SystemPackage

/// What several mechanisms say about a host that forbids something to all of them.
extension HintFacts {
  /// A limit of namespaces that forbids any, or has been reached.
  ///
  /// - Parameter kinds: as the sysctls name them.
  package func namespaceLimit(of kinds: [String]) -> Advice {
    let forbidden = kinds.filter { sysctl("user/max_\($0)_namespaces") == "0" }
    guard forbidden.isEmpty else {
      return Advice(
        .sysctl,
        "the host allows no such namespace: "
          + forbidden.map { "sysctl user.max_\($0)_namespaces=10000" }.joined(separator: ", "))
    }
    let limits = kinds.compactMap { kind in
      sysctl("user/max_\(kind)_namespaces").map { "user.max_\(kind)_namespaces (now \($0))" }
    }
    return Advice(
      .limit,
      "a limit of namespaces is reached, here or in a user namespace above: end jails, or raise sysctl "
        + limits.joined(separator: ", "))
  }

  /// AppArmor, where it confines this process or restricts user namespaces; else nil.
  package var appArmor: Advice? {
    let allowed = "a profile for this program with flags=(unconfined) { userns, } allows it"
    if let profile {
      return Advice(
        .securityModule, "the AppArmor profile \"\(profile)\" confines this process, and forbids it: \(allowed)")
    }
    // Root's namespaces are not restricted.
    guard !isRoot, sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1" else { return nil }
    return Advice(
      .securityModule,
      "AppArmor restricts the user namespaces of ordinary users: "
        + "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or \(allowed)")
  }

  /// A system call filter that lies on this process already; nil where none does.
  package var filter: Advice? {
    guard isFiltered else { return nil }
    return Advice(
      .filter,
      "a system call filter above this process, as container runtimes set one, forbids it: docker or podman run "
        + "--security-opt seccomp=unconfined, or a profile of theirs that allows it")
  }
}

extension Hint {
  /// A step that only a security module refuses: with EACCES by a rule about the act itself, with EPERM where it takes the
  /// capability for it.
  package static func appArmor(_ operation: String, _ calls: String...) -> [Hint] {
    calls.flatMap { call in
      [Errno.permissionDenied, .notPermitted].map { errno in Hint(operation, call, errno, advice: { $0.appArmor }) }
    }
  }

  /// A step that only a security module refuses, or a filter above: by an errno, or by an answer that is not true.
  package static func refused(_ operation: String, _ calls: String...) -> [Hint] {
    calls.flatMap { call in
      [
        Hint(operation, call, .permissionDenied, advice: { $0.appArmor }),
        Hint(operation, call, .notPermitted, advice: { $0.appArmor ?? $0.filter }),
      ]
    }
  }
}
