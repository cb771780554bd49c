internal import Capabilities
internal import Namespaces
internal import Rootfs
internal import SandboxPlanning
internal import Seccomp

extension Sandbox {
  /// What holds of this process now, and by what it was seen.
  func entryEnforcement(
    keeping kept: KeptDescriptors, in state: EntryState, waiters: [CInt] = [], ringsWereUnseen: Bool = false,
    verified: [Enforcement.Note]
  ) -> Enforcement {
    var openings = namespaces.shared.map { shared in
      Enforcement.Note(path: PolicyPath("namespaces").appending(shared.kind.rawValue), reason: "the host's: \(shared.reason)")
    }
    switch filesystem.entryRoot {
    case .unchanged(let reason): openings.append(.init(path: "filesystem.entryRoot", reason: "the host's root: \(reason)"))
    case .chroot(_, let reason?):
      openings.append(.init(path: "filesystem.entryRoot", reason: "it may be left by who stays root: \(reason)"))
    case .chroot, .pivotRoot: break
    }
    if !capabilities.held.isEmpty {
      let why = capabilities.reason.map { ": \($0)" } ?? ""
      openings.append(.init(path: "capabilities", reason: "the process keeps \(capabilities.held)\(why)"))
    }
    if case .off(let reason) = filter { openings.append(.init(path: "filter", reason: "no system call filter: \(reason)")) }
    if case .all(let reason) = kept.choice {
      openings.append(.init(path: "descriptors", reason: "every descriptor stays open: \(reason)"))
    }
    let unnamed = kept.unnamed(of: waiters)
    if !unnamed.isEmpty {
      openings.append(
        .init(
          path: "descriptors",
          reason: "\(unnamed.map(String.init).joined(separator: ", ")) stay open, by which run times wait: epoll(7), eventfd(2), "
            + "timerfd(2), signalfd(2)"))
    }
    if !namespaces.own.contains(.user) { openings += [keptUser(in: state), keptGroups(in: state)].compactMap(\.self) }
    var gaps: [Enforcement.Note] = []
    if namespaces.own.contains(.user), state.user != 0, let groups = state.groups?.filter({ $0 != state.group }), !groups.isEmpty
    {
      gaps.append(
        .init(
          path: "credentials.groups",
          reason: "the kernel does not let an ordinary user drop supplementary groups: the process can use files of "
            + groups.map(String.init).joined(separator: ", ")))
    }
    // A kernel without io_uring does not answer either; one that has it, and no filter, always does.
    if ringsWereUnseen, state.isFiltered || !state.hasProc, !EntryRecord.hasNoRing {
      gaps.append(
        .init(
          path: "descriptors",
          reason: "an io_uring that a thread has registered before could not be asked for, "
            + (state.hasProc ? "since a filter refuses io_uring_enter(2)" : "since without a /proc no thread can be found")))
    }
    if filesystem.entryRoot == .pivotRoot { openings += filesystemOpenings }
    return Enforcement(gaps: gaps, openings: openings, verified: verified)
  }

  /// Root without a capability still owns root's files.
  private func keptUser(in state: EntryState) -> Enforcement.Note? {
    let path = PolicyPath("credentials.user")
    guard credentials.keepsCurrent else {
      guard credentials.user == .number(0) || credentials.user == .name("root") else { return nil }
      return .init(path: path, reason: "the process is user 0 of the host, and can use root's files")
    }
    guard let user = state.user else { return .init(path: path, reason: "each thread stays the user that it is") }
    return user != 0 ? nil : .init(path: path, reason: "the process stays user 0 of the host, and can use root's files")
  }

  /// Who stays who it is keeps its supplementary groups, and with them what those may read and write.
  private func keptGroups(in state: EntryState) -> Enforcement.Note? {
    guard credentials.keepsCurrent else { return nil }
    guard let groups = state.groups else {
      return .init(path: "credentials.groups", reason: "each thread keeps the supplementary groups that it has")
    }
    let others = groups.filter { $0 != state.group }
    guard !others.isEmpty else { return nil }
    return .init(
      path: "credentials.groups",
      reason: "the process keeps its supplementary groups, and can use files of "
        + others.map(String.init).joined(separator: ", "))
  }

  /// What was seen, and not what was called; of several steps of a kind, the last.
  static func verified(_ plan: Plan, _ entrance: Entrance) -> [Enforcement.Note] {
    let threads = entrance.threads == 1 ? "the only thread" : "all \(entrance.threads) threads"
    let status = "read back from /proc/self/task/*/status of \(threads)"
    return plan.steps.indices.compactMap { index in
      let step = plan.steps[index]
      let means: String
      switch step.operation {
      case .synchronizeFilter:
        means =
          entrance.filterWasRead
          ? status : "answered for by seccomp(2) with SECCOMP_FILTER_FLAG_TSYNC, which gives it to every thread or to none"
      case _ where !entrance.seen.contains(index): return nil
      case .changeRoot, .enterRoot: means = "compared through /proc/self/task/*/root of \(threads)"
      case .keepDescriptors: means = "listed in /proc/self/task/*/fd of \(threads)"
      case .become, .setGroups, .limitBoundingSet, .setCapabilities, .setNoNewPrivileges, .setUmask: means = status
      case .unshare: means = "compared through /proc/self/task/*/ns of \(threads)"
      case .setSecureBits: means = "read back by PR_GET_SECUREBITS on \(threads)"
      case .setResourceLimit: means = "read back by prlimit(2)"
      default: return nil
      }
      return Enforcement.Note(path: step.origin, reason: "\(step.operation.description): \(means)")
    }
  }
}
