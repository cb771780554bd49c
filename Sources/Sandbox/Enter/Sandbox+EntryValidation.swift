internal import Capabilities
internal import Credentials
internal import Namespaces
internal import ResourceLimits
internal import Rootfs
internal import SandboxKernel
internal import SandboxPlanning
internal import Seccomp

extension Sandbox {
  /// Everything that keeps this process from entering, by the policy's parts; nothing has been done.
  ///
  /// - Parameters:
  ///   - executes: whether it becomes another program.
  ///   - host: what the host has, where the process gets a user namespace of its own.
  func entryProblems(
    keeping kept: KeptDescriptors, executes: Bool, in state: EntryState, on host: Host?
  ) throws(Sandbox.Error) -> [Problem] {
    let accounts = try entryAccounts()
    var problems = namespaceEntryProblems(in: state)
    if let host {
      problems += problemsInside(executes: executes, in: state, on: host)
    } else {
      problems += problemsOutside(executes: executes, in: state, accounts: accounts)
    }
    problems += try limits.problems(at: "limits") + limitEntryProblems(in: state)
    if scheduling != SchedulingPolicy() {
      problems.append(
        Problem(
          "scheduling", "the scheduling of a jail is given to it when it is spawned", hint: "leave it out of what is entered"))
    }
    if deadline != nil {
      problems.append(
        Problem("deadline", "a process that enters ends itself: a deadline is for spawning", hint: "leave it at nil"))
    }
    problems += filter.problems(at: "filter") + filterEntryProblems(in: state) + loosening(in: state)
    problems += kept.problems(changesRoot: changesRoot)
    guard problems.isEmpty, !state.hasProc else { return problems }
    // By what is left to be done, and not by what is said: what is in force already needs nobody to be found.
    var slots = 0
    let steps = try entrySteps(keeping: kept, in: state, on: host, accounts: accounts) {
      slots += 1
      return Slot(slots)
    }
    return steps.filter { $0.isOfThreads || $0.mayBeOfThreads && !state.isInForce($0.operation) }.map { step in
      Problem(
        step.origin,
        "\(step.operation.name) \(step.isOfThreads ? "is" : "may be") each thread's own, and without a /proc no thread can be found",
        hint: "enter before the root changes; limits, filter and descriptors can still be narrowed")
    }
  }

  /// Whether a directory that stays open would lead out.
  var changesRoot: Bool { if case .unchanged = filesystem.entryRoot { false } else { true } }

  /// With the host's ids and the rights that this process has.
  private func problemsOutside(executes: Bool, in state: EntryState, accounts: HostAccounts) -> [Problem] {
    let who = credentials.resolved(by: accounts)
    let user = credentials.keepsCurrent ? state.user : who.user
    var problems = rootEntryProblems(as: user, group: credentials.keepsCurrent ? state.group : who.group, in: state)
    problems += credentials.entryProblems(
      at: "credentials", accounts: accounts, user: state.user, group: state.group, groups: state.groups,
      maySetUser: state.has(.setuid), maySetGroup: state.has(.setgid), users: state.mappedUsers, groups: state.mappedGroups)
    problems += capabilities.problems(
      at: "capabilities", isRoot: user == 0, sharesNetwork: false, executes: executes,
      dangerous: CapabilitySet.all.subtracting(CapabilityPolicy.harmlessOnHost))
    return problems
      + capabilities.entryProblems(
        at: "capabilities", held: state.effective, permitted: state.permitted, bounding: state.bounding,
        ambient: state.ambient, current: state.secureBits)
      + looseningOutside(in: state, accounts: accounts)
  }

  /// In a user namespace of its own, where it has every right but the host's.
  private func problemsInside(executes: Bool, in state: EntryState, on host: Host) -> [Problem] {
    let who = insideIDs(in: state, on: host)
    var problems: [Problem] = []
    if filesystem.entryRoot == .pivotRoot {
      problems += filesystem.problems(
        at: "filesystem", on: host.files, isRoot: false, uid: host.payloadUser,
        users: [IDRange(inside: who.user, outside: host.payloadUser, count: 1)],
        groups: [IDRange(inside: who.group, outside: host.payloadGroup, count: 1)])
      problems += filesystem.problems(
        at: "filesystem", hasOwnIPC: namespaces.ipc == .own, hasOwnNetwork: namespaces.network == .own)
      for (index, mount) in filesystem.mounts.enumerated() {
        guard case .proc = mount.kind else { continue }
        problems.append(
          Problem(
            PolicyPath("filesystem.mounts").element(index), "a /proc of its own takes a pid namespace of its own, and so a fork",
            hint: "name no .proc, as Sandbox.inPlace does"))
      }
      if !namespaces.own.contains(.mount) {
        problems.append(
          Problem(
            "filesystem.entryRoot", "a root that is built takes a mount namespace of its own",
            hint: "filesystem = .chroot(to:), or .unchanged(because:)"))
      }
    } else {
      problems += rootEntryProblems(as: who.user, group: who.group, in: state)
    }
    if !credentials.keepsCurrent {
      problems += credentials.problems(at: "credentials", accounts: host.accounts, isPrivileged: false)
    }
    problems += capabilities.problems(
      at: "capabilities", isRoot: who.user == 0, sharesNetwork: namespaces.network != .own, executes: executes)
    if host.uid == 0, !host.isPrivileged {
      problems.append(
        Problem(
          "credentials", "this process is root, but lacks CAP_SETUID or CAP_SETGID, and could become nobody but root",
          hint: "enter as an ordinary user, or keep both capabilities"))
    }
    return problems
  }

  private func namespaceEntryProblems(in state: EntryState) -> [Problem] {
    let path = PolicyPath("namespaces")
    var problems = namespaces.problems(at: path)
    for (kind, _, _) in namespaces.joined {
      problems.append(
        Problem(path.appending(kind.rawValue), "a process that enters joins no other namespace: that is for spawning"))
    }
    for (name, map) in [("users", namespaces.users), ("groups", namespaces.groups)] where map != .payload {
      problems.append(
        Problem(
          path.appending(name),
          "a process that enters has its own id alone: maps of several are written for a jail that is spawned",
          hint: "leave it at .payload"))
    }
    let preset = "Sandbox.worker(root:user:keeping:) is what a program with threads can enter"
    let own = namespaces.own
    for kind in own.sorted {
      let here = path.appending(kind.rawValue)
      switch kind {
      case .pid:
        problems.append(
          Problem(
            here, "a process cannot move into a new pid namespace: it takes a fork, and so is for spawning",
            hint: "Sandbox.inPlace is the closed box without it; \(preset)"))
      case .user, .mount, .time:
        if state.threads > 1 {
          problems.append(
            Problem(
              here,
              "the kernel gives a new \(kind.rawValue) namespace only to a process of one thread; this one has \(state.threads)",
              hint: preset))
        } else if kind == .mount, !own.contains(.user) {
          problems.append(
            Problem(
              here, "a process that enters gets a mount namespace with a user namespace of its own", hint: "leave both at .own"))
        } else if kind == .time, !own.contains(.user), !state.has(.sysAdmin) {
          problems.append(needsAdministration(kind, at: here))
        }
      case .network, .ipc, .uts, .cgroup:
        if !own.contains(.user), !state.has(.sysAdmin) { problems.append(needsAdministration(kind, at: here)) }
      }
    }
    if !namespaces.sysctls.isEmpty, !own.contains(.mount) {
      problems.append(
        Problem(path.appending("sysctls"), "they are set where a root is built", hint: "leave namespaces.mount at .own"))
    }
    return problems
  }

  private func needsAdministration(_ kind: Namespace, at path: PolicyPath) -> Problem {
    Problem(
      path, "a new \(kind.rawValue) namespace takes CAP_SYS_ADMIN, which this process lacks",
      hint: "enter as root, or with a user namespace of its own, which takes a process of one thread")
  }

  private func rootEntryProblems(as user: UInt32?, group: UInt32?, in state: EntryState) -> [Problem] {
    let path = PolicyPath("filesystem.entryRoot")
    var problems: [Problem] = []
    if filesystem.entryRoot != .pivotRoot, !filesystem.mounts.isEmpty {
      problems.append(
        Problem("filesystem.mounts", "mounts are what a root of its own is built of; this one is not built", hint: "name none"))
    }
    if filesystem.entryRoot != .pivotRoot, filesystem.root != .new || filesystem.rootChange != .pivotRoot {
      problems.append(
        Problem("filesystem.root", "it is what a root is built of; this one is not built", hint: "leave it at .new"))
    }
    switch filesystem.entryRoot {
    case .pivotRoot:
      problems.append(
        Problem(
          path, "a root that is built takes a mount namespace of its own",
          hint: "filesystem = .chroot(to:), or .unchanged(because:)"))
    case .unchanged(let reason):
      if reason.allSatisfy(\.isWhitespace) { problems.append(Problem(path, "keeping the host's root needs a reason")) }
    case .chroot(let directory, let reason):
      if let problem = Self.problem(ofRoot: directory, user: user, group: group) { problems.append(Problem(path, problem)) }
      if !state.has(.sysChroot), !namespaces.own.contains(.user) {
        problems.append(
          Problem(
            path, "chroot(2) takes CAP_SYS_CHROOT, which this process lacks",
            hint: "enter as root, or keep the root: filesystem = .unchanged(because:)"))
      }
      if user == 0 || user == nil, reason?.allSatisfy(\.isWhitespace) ?? true {
        problems.append(
          Problem(
            path, "root in a chroot(2) is not kept in it, and staying root there needs a reason",
            hint: "name a user as credentials.user, or say why: .chroot(to:because:)"))
      }
    }
    return problems
  }

  private static func problem(ofRoot directory: String, user: UInt32?, group: UInt32?) -> String? {
    guard directory.hasPrefix("/"), !directory.utf8.contains(0), directory.utf8.count < 4096 else {
      return "\"\(directory)\" is no absolute path of a directory"
    }
    guard let status = HostPath.status(directory, followed: true) else {
      return "\"\(directory)\" does not exist, or cannot be reached"
    }
    guard status.kind == .directory else { return "\"\(directory)\" is no directory" }
    let shift: UInt32 = status.uid == user ? 6 : status.gid == group ? 3 : 0
    guard user == 0 || status.mode >> shift & 1 == 1 else {
      return "\"\(directory)\" cannot be searched by user \(user.map(String.init) ?? "?"): its mode is "
        + "0\(String(status.mode, radix: 8)), and it belongs to \(status.uid):\(status.gid)"
    }
    return nil
  }

  private func limitEntryProblems(in state: EntryState) throws(Sandbox.Error) -> [Problem] {
    let now = try Self.limitsInForce()
    return limits.managed.filter { !$0.bounds.lowersToHost }.compactMap { limit, bounds in
      let path = PolicyPath("limits").appending(limit.name)
      if bounds.hard > now[limit].hard, state.hasEntered || !state.has(.sysResource) {
        return Problem(
          path,
          "\(bounds.hard) is above the hard limit in force, \(now[limit].hard)"
            + (state.hasEntered ? ", and a second entry only tightens" : ": raising it takes CAP_SYS_RESOURCE"),
          hint: "lower it to what is in force by .clamped")
      }
      guard state.hasEntered, bounds.soft > now[limit].soft else { return nil }
      return Problem(
        path, "\(bounds.soft) is above the soft limit in force, \(now[limit].soft), and a second entry only tightens",
        hint: "name no more than that, or lower it to what is in force by .clamped")
    }
  }

  private func filterEntryProblems(in state: EntryState) -> [Problem] {
    guard let thread = state.filteredThread, case .standard = filter else { return [] }
    return [
      Problem(
        "filter", "thread \(thread) has a system call filter that this one lacks, and the kernel gives it no other",
        hint: "enter before a library loads it, or end that thread")
    ]
  }

  /// What a second entry would take back of the host's ids and rights.
  private func looseningOutside(in state: EntryState, accounts: HostAccounts) -> [Problem] {
    guard state.hasEntered else { return [] }
    let tightens = ", and a second entry only tightens"
    let path = PolicyPath("capabilities")
    var problems: [Problem] = []
    for (name, wanted, now) in [
      ("effective", capabilities.effective, state.effective), ("inheritable", capabilities.inheritable, state.inheritable),
      ("ambient", capabilities.ambient, state.ambient),
    ] {
      let more = wanted.subtracting(now)
      guard !more.isEmpty else { continue }
      problems.append(
        Problem(path.appending(name), "\(more) is not in force, or not on every thread\(tightens)", hint: "keep what is in force")
      )
    }
    // Whoever is root gives something up with any other user.
    guard !credentials.keepsCurrent, state.user != 0 else { return problems }
    let who = credentials.resolved(by: accounts)
    let hint = "stay who it is: credentials = .current"
    if who.user != state.user {
      problems.append(Problem("credentials.user", "it is another user than the one in force\(tightens)", hint: hint))
    }
    let groups = Set(state.groups ?? []).union(state.group.map { [$0] } ?? [])
    if !groups.contains(who.group) {
      problems.append(Problem("credentials.group", "it is a group that is not in force\(tightens)", hint: hint))
    }
    for (index, group) in who.groups.enumerated() where !groups.contains(group) {
      problems.append(
        Problem(
          PolicyPath("credentials.groups").element(index), "it is a group that is not in force\(tightens)", hint: hint))
    }
    return problems
  }

  /// What a second entry would take back.
  private func loosening(in state: EntryState) -> [Problem] {
    guard state.hasEntered else { return [] }
    var problems: [Problem] = []
    if case .off = filter, state.isFiltered {
      problems.append(
        Problem("filter", "this process has a filter, and a second entry only tightens", hint: "name the same, or a narrower one")
      )
    }
    if let now = state.umask, credentials.umask & now != now {
      problems.append(
        Problem(
          "credentials.umask",
          "0\(String(credentials.umask, radix: 8)) gives new files more than 0\(String(now, radix: 8)), which is in force, and a "
            + "second entry only tightens", hint: "name all of its bits"))
    }
    return problems
  }
}

extension Sandbox.KeptDescriptors {
  func problems(changesRoot: Bool) -> [Problem] {
    switch choice {
    case .all(let reason):
      guard reason.allSatisfy(\.isWhitespace) else { return [] }
      return [Problem("descriptors", "keeping every descriptor needs a reason")]
    case .only(let numbers):
      return numbers.sorted().compactMap { number in
        let path = PolicyPath("descriptors").element(Int(number))
        guard number >= 0, let kind = HostPath.kind(of: number) else {
          return number <= 2 && number >= 0 ? nil : Problem(path, "there is no such descriptor open")
        }
        guard changesRoot, kind == .directory else { return nil }
        return Problem(path, "it is a directory, and would lead out of the new root", hint: "close it, or do not keep it")
      }
    }
  }
}
