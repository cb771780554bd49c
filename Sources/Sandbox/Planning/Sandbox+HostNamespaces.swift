internal import Capabilities
internal import Credentials
internal import Namespaces
internal import Rootfs
internal import SandboxKernel
internal import SandboxPlanning

/// A jail that shares with the host what others are built on: its users, its mounts, its processes.
extension Sandbox {
  func hostNamespaceProblems(on host: Host) -> [Problem] {
    var problems = namespaces.spawningProblems(at: "namespaces", hasAdministration: host.opensTrees)
    if namespaces.isShared(.mount) {
      problems += hostRootProblems(on: host)
    } else if filesystem.entryRoot != .pivotRoot {
      problems.append(
        Problem(
          "filesystem.entryRoot", "a jail with mounts of its own has a root of its own",
          hint: "leave it at .pivotRoot, or share namespaces.mount"))
    }
    if namespaces.isShared(.pid) { problems += processProblems(on: host) }
    return problems
  }

  /// Who the payload is, and what it may do: on the host, or in a user namespace of its own.
  func rightsProblems(on host: Host) -> [Problem] {
    let user = who(on: host).user
    guard namespaces.isShared(.user) else {
      var problems: [Problem] = []
      if credentials.keepsCurrent {
        problems.append(
          Problem(
            "credentials.keepsCurrent", "a jail with users of its own has ids of its own",
            hint: "it is for enter(), and where namespaces.user is the host's"))
      }
      problems += credentials.problems(at: "credentials", accounts: host.accounts, isPrivileged: host.isPrivileged)
      return problems
        + capabilities.problems(at: "capabilities", isRoot: user == 0, sharesNetwork: namespaces.network != .own)
    }
    return credentials.entryProblems(
      at: "credentials", accounts: host.accounts, user: host.uid, group: host.gid, groups: host.supplementaryGroups,
      maySetUser: host.isPrivileged, maySetGroup: host.isPrivileged, users: host.mappedUsers,
      groups: host.mappedGroups)
      + capabilities.problems(
        at: "capabilities", isRoot: user == 0, sharesNetwork: false,
        // The bounding set alone gives nothing to who can gain nothing by execve(2).
        dangerous: capabilities.held.subtracting(CapabilityPolicy.harmlessOnHost))
      + capabilities.entryProblems(
        at: "capabilities", held: host.capabilities, permitted: host.capabilities, bounding: .all, ambient: .none,
        current: [])
  }

  /// Where no root is built.
  private func hostRootProblems(on host: Host) -> [Problem] {
    let path = PolicyPath("filesystem.entryRoot")
    var problems: [Problem] = []
    switch filesystem.entryRoot {
    case .pivotRoot:
      return [
        Problem(
          path, "a root that is built takes a mount namespace of its own",
          hint: "filesystem = .unchanged(because:), or .chroot(to:), or leave namespaces.mount at .own")
      ]
    case .unchanged(let reason):
      if reason.allSatisfy(\.isWhitespace) { problems.append(Problem(path, "keeping the host's root needs a reason")) }
    case .chroot(let directory, let reason):
      if let problem = Self.problem(ofHostRoot: directory) { problems.append(Problem(path, problem)) }
      if namespaces.isShared(.user), !host.opensTrees {
        problems.append(
          Problem(
            path, "chroot(2) takes CAP_SYS_CHROOT, which this process lacks",
            hint: "leave namespaces.user at .own, or keep the root: filesystem = .unchanged(because:)"))
      }
      if who(on: host).user == 0 || capabilities.held.contains(.sysChroot), reason?.allSatisfy(\.isWhitespace) ?? true {
        problems.append(
          Problem(
            path, "root in a chroot(2), or who keeps CAP_SYS_CHROOT, is not kept in it, which needs a reason",
            hint: "name a user as credentials.user, or say why: .chroot(to:because:)"))
      }
    }
    if !filesystem.mounts.isEmpty {
      problems.append(
        Problem(
          "filesystem.mounts", "mounts are what a root of its own is built of; this one is not built", hint: "name none"))
    }
    if filesystem.root != .new || filesystem.rootChange != .pivotRoot {
      problems.append(
        Problem("filesystem.root", "it is what a root is built of; this one is not built", hint: "leave it at .new"))
    }
    return problems
  }

  private static func problem(ofHostRoot directory: String) -> String? {
    guard directory.hasPrefix("/"), !directory.utf8.contains(0), directory.utf8.count < 4096 else {
      return "\"\(directory)\" is no absolute path of a directory"
    }
    guard let status = HostPath.status(directory, followed: true) else {
      return "\"\(directory)\" does not exist, or cannot be reached"
    }
    return status.kind == .directory ? nil : "\"\(directory)\" is no directory"
  }

  /// An init that is nobody's pid 1 ends by number what its user may signal, and shows what the host's /proc shows.
  private func processProblems(on host: Host) -> [Problem] {
    var problems: [Problem] = []
    if hasSeveralUsers(on: host) {
      problems.append(
        Problem(
          "namespaces.pid", "the jail's init could not end processes of another user in the host's pid namespace",
          hint: "leave it at .own, or the jail one user: no further ones in namespaces.users, no CAP_SETUID kept"))
    }
    for (index, mount) in filesystem.mounts.enumerated() {
      guard case .proc(let options) = mount.kind, options != ProcOptions() else { continue }
      problems.append(
        Problem(
          PolicyPath("filesystem.mounts").element(index), "the /proc of the host's pid namespace is the host's, with its options",
          hint: "write .proc without any, or leave namespaces.pid at .own"))
    }
    return problems
  }

  /// The steps of credentials and capabilities.
  func rightsSteps(on host: Host) -> [Planned] {
    guard namespaces.isShared(.user) else {
      return credentials.operations(at: "credentials", as: who(on: host), dropGroups: dropsGroups(on: host))
        + capabilities.launcherOperations(at: "capabilities", initKills: initKills(on: host))
        + capabilities.operations(at: "capabilities", initKills: initKills(on: host))
    }
    var steps = credentials.entryOperations(at: "credentials", as: who(on: host))
    if !host.isPrivileged || steps.isEmpty {
      // It stays who it is.
      steps = [Planned(.forbidDumping, .forbidDumping, from: "credentials")]
    }
    steps += capabilities.entryOperations(
      at: "capabilities", held: host.capabilities, bounding: .all, current: [],
      changesUser: host.isPrivileged && !credentials.keepsCurrent)
    if !capabilities.kept.isEmpty {
      steps.append(
        Planned(
          .emptyInitCapabilitySets, .setCapabilities(effective: 0, permitted: 0, inheritable: 0, ambient: 0),
          from: "capabilities"))
    }
    return steps
  }

  /// Where no root was built, and one is not the host's.
  var hostRootSteps: [Planned] {
    guard case .chroot(let directory, _) = filesystem.entryRoot else { return [] }
    return [Planned(.changeRoot, .changeRoot(directory), from: "filesystem.entryRoot")]
  }

  /// What is the host's, and what follows from it.
  func hostNamespaceOpenings(on host: Host) -> [Enforcement.Note] {
    guard namespaces.sharesFoundations else { return [] }
    var notes = namespaces.dangers.map {
      Enforcement.Note(path: PolicyPath("namespaces").appending($0.kind.rawValue), reason: $0.danger)
    }
    if namespaces.isShared(.user) {
      let who = who(on: host)
      notes.append(
        .init(path: "credentials", reason: "the jail's user is the host's \(who.user), its group the host's \(who.group)"))
      if case .off = filter {
        notes.append(.init(path: "filter", reason: "user namespaces can be made inside, as on the host"))
      }
    }
    switch filesystem.entryRoot {
    case .pivotRoot: break
    case .unchanged(let reason): notes.append(.init(path: "filesystem.entryRoot", reason: "the host's root: \(reason)"))
    case .chroot(let directory, let reason):
      notes.append(
        .init(
          path: "filesystem.entryRoot",
          reason: "\"\(directory)\" by chroot(2) in the host's mounts\(reason.map { ": \($0)" } ?? "")"))
    }
    return notes
  }
}
