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
  func entryProblems(keeping kept: KeptDescriptors, in state: EntryState) throws(Sandbox.Error) -> [Problem] {
    let accounts = try entryAccounts()
    let who = credentials.resolved(by: accounts)
    let user = credentials.keepsCurrent ? state.user : who.user
    var problems = namespaceEntryProblems(in: state)
    problems += rootEntryProblems(as: user, group: credentials.keepsCurrent ? state.group : who.group, in: state)
    problems += credentials.entryProblems(
      at: "credentials", accounts: accounts, user: state.user, group: state.group, groups: state.groups,
      maySetUser: state.has(.setuid), maySetGroup: state.has(.setgid))
    problems += capabilities.problems(
      at: "capabilities", isRoot: user == 0, sharesNetwork: false, executes: false,
      dangerous: CapabilitySet.all.subtracting(CapabilityPolicy.harmlessOnHost))
    problems += capabilities.entryProblems(
      at: "capabilities", held: state.effective, permitted: state.permitted, bounding: state.bounding, current: state.secureBits)
    problems += limits.problems(at: "limits") + limitEntryProblems(in: state)
    if scheduling != SchedulingPolicy() {
      problems.append(
        Problem(
          "scheduling", "the scheduling of a jail is given to it when it is spawned", hint: "leave it out of what is entered"))
    }
    if deadline != nil {
      problems.append(
        Problem("deadline", "a process that enters ends itself: a deadline is for spawning", hint: "leave it at nil"))
    }
    problems += filter.problems(at: "filter") + loosening(in: state)
    problems += kept.problems(changesRoot: filesystem.change.isChroot)
    guard problems.isEmpty, !state.hasProc else { return problems }
    // By what is left to be done, and not by what is said: what is in force already needs nobody to be found.
    return try entrySteps(keeping: kept, in: state, accounts: accounts).filter(\.isOfThreads).map { step in
      Problem(
        step.origin, "\(step.operation.name) is each thread's own, and without a /proc no thread can be found",
        hint: "enter before the root changes; limits, filter and descriptors can still be narrowed")
    }
  }

  private func namespaceEntryProblems(in state: EntryState) -> [Problem] {
    let path = PolicyPath("namespaces")
    var problems = namespaces.problems(at: path)
    for (kind, _, _) in namespaces.joined {
      problems.append(
        Problem(path.appending(kind.rawValue), "a process that enters joins no other namespace: that is for spawning"))
    }
    let preset = "Sandbox.worker(root:user:keeping:) is what a program with threads can enter"
    for kind in namespaces.own.sorted {
      let here = path.appending(kind.rawValue)
      switch kind {
      case .pid:
        problems.append(
          Problem(
            here, "a process cannot move into a new pid namespace: it takes a fork, and so is for spawning",
            hint: "namespaces.pid = .host(because:), or .none(because:) for all; \(preset)"))
      case .user, .mount, .time:
        problems.append(
          Problem(
            here,
            state.threads > 1
              ? "the kernel gives a new \(kind.rawValue) namespace only to a process of one thread; this one has \(state.threads)"
              : "a process that enters gets no \(kind.rawValue) namespace of its own", hint: preset))
      case .network, .ipc, .uts, .cgroup:
        problems.append(Problem(here, "a process that enters gets no \(kind.rawValue) namespace of its own", hint: preset))
      }
    }
    return problems
  }

  private func rootEntryProblems(as user: UInt32?, group: UInt32?, in state: EntryState) -> [Problem] {
    let path = PolicyPath("filesystem.change")
    var problems: [Problem] = []
    if filesystem.change != .pivotRoot, !filesystem.mounts.isEmpty {
      problems.append(
        Problem("filesystem.mounts", "mounts are what a root of its own is built of; this one is not built", hint: "name none"))
    }
    switch filesystem.change {
    case .pivotRoot:
      problems.append(
        Problem(
          path, "a root that is built takes a mount namespace of its own",
          hint: "filesystem = .chroot(to:), or .unchanged(because:)"))
    case .unchanged(let reason):
      if reason.allSatisfy(\.isWhitespace) { problems.append(Problem(path, "keeping the host's root needs a reason")) }
    case .chroot(let directory, let reason):
      if let problem = Self.problem(ofRoot: directory, user: user, group: group) { problems.append(Problem(path, problem)) }
      if !state.has(.sysChroot) {
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

  private func limitEntryProblems(in state: EntryState) -> [Problem] {
    guard let now = try? ResourceLimitState() else { return [] }
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

extension RootChange {
  var isChroot: Bool { if case .chroot = self { true } else { false } }
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
