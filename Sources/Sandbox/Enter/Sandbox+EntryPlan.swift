internal import Capabilities
internal import Credentials
internal import Namespaces
internal import ResourceLimits
internal import Rootfs
internal import SandboxKernel
public import SandboxPlanning
internal import Seccomp
internal import SystemPackage

extension Sandbox {
  /// What will be done by ``enter(keeping:)``, by this process as it is now, without doing it.
  ///
  /// - Throws: ``Error`` of kind ``Error/Kind/invalid`` with everything that is wrong.
  public func plan(for entering: Entering) throws(Sandbox.Error) -> Plan { try entryPlan(keeping: entering.kept, in: .current()) }

  /// - Parameter command: what this process becomes; nil where it goes on itself.
  func entryPlan(
    keeping kept: KeptDescriptors, becoming command: Command? = nil, in state: EntryState
  ) throws(Sandbox.Error) -> Plan {
    let host = namespaces.own.contains(.user) ? try self.host() : nil
    let problems =
      try entryProblems(keeping: kept, executes: command != nil, in: state, on: host) + (command?.problemsOfExec(in: self) ?? [])
    guard problems.isEmpty else { throw .invalid(problems) }
    var plan = Plan()
    var steps = try entrySteps(keeping: kept, in: state, on: host, accounts: entryAccounts()) { plan.newSlot() }
    if let command { steps.append(Planned(.execute, command.execution, from: "command")) }
    plan.add(steps, in: Self.entryOrder)
    if host != nil, let problem = try Self.problem(ofSlots: plan.slotCount) { throw .invalid([problem]) }
    return plan
  }

  /// What is built is built through descriptors, when the process is another already.
  private static func problem(ofSlots slots: Int) throws(Sandbox.Error) -> Problem? {
    // Of /proc, of the threads, of what is listed, and of a path's parent.
    let needed = UInt64(slots + 4)
    let limit = try limitsInForce()[.openFiles].soft
    let open = try Sandbox.Error.translating(at: "descriptors") { try HostPath.numbers(in: "/proc/self/fd") }
    let free = limit - min(limit, UInt64(open.count { UInt64($0) < limit }))
    guard free < needed else { return nil }
    return Problem(
      "descriptors", "entering takes up to \(needed) descriptors, and this process may open \(free) more",
      hint: "raise ulimit -n, or close some")
  }

  /// The host's accounts, where the policy names any.
  func entryAccounts() throws(Sandbox.Error) -> HostAccounts {
    guard credentials.namesAccounts else { return HostAccounts() }
    return try Sandbox.Error.translating(at: "credentials") { try HostAccounts.current() }
  }

  /// Without a /proc, what is in force already is left out: there is nobody to be found whom it could still be given to.
  ///
  /// - Parameter host: what the host has, where the process gets a user namespace of its own.
  func entrySteps(
    keeping kept: KeptDescriptors, in state: EntryState, on host: Host?, accounts: HostAccounts, newSlot: () -> Slot
  ) throws(Sandbox.Error) -> [Planned] {
    var steps: [Planned] = []
    if case .chroot(let directory, _) = filesystem.entryRoot {
      steps.append(Planned(.changeRoot, .changeRoot(directory), from: "filesystem.entryRoot"))
    }
    if case .only(let numbers) = kept.choice {
      steps.append(Planned(.keepDescriptors, .keepDescriptors(numbers.map { Int($0) }.sorted()), from: "descriptors"))
    }
    if state.has(.sysResource), !state.hasEntered { steps += limits.launcherOperations(at: "limits") }
    steps += try entryLimits(in: state).operations(at: "limits")
    steps += credentials.payloadOperations(at: "credentials") + filesystem.payloadOperations(at: "filesystem")
    steps += try entryFilter()
    if let host {
      steps += stepsInside(in: state, on: host, newSlot: newSlot)
    } else {
      let who = credentials.resolved(by: accounts)
      steps += namespaces.entryOperations(at: "namespaces", newSlot: newSlot)
      // The session keyring is that of whoever it was; the standard filter refuses all that would lead to it.
      if !credentials.keepsCurrent, who.user != state.user, filter != .standard {
        steps += CredentialPolicy.keyringOperations(at: "credentials")
      }
      steps += credentials.entryOperations(at: "credentials", as: who)
      steps += capabilities.entryOperations(
        at: "capabilities", held: state.effective, bounding: state.bounding, current: state.secureBits,
        changesUser: !credentials.keepsCurrent && who.user != state.user)
    }
    return steps.filter { step in !(step.isOfThreads && state.hasEntered && !state.hasProc && state.isInForce(step.operation)) }
  }

  /// In a user namespace of its own it has every right, and builds the root that a jail has; but for what takes a pid namespace.
  private func stepsInside(in state: EntryState, on host: Host, newSlot: () -> Slot) -> [Planned] {
    let who = insideIDs(in: state, on: host)
    var steps: [Planned] = []
    if host.isPrivileged {
      steps += [
        Planned(
          .leaveRoot, .become(uid: host.payloadUser, gid: host.payloadGroup, dropGroups: true), from: "credentials"),
        Planned(.leaveRoot, .allowDumping, from: "namespaces.user"),
      ]
    }
    steps += namespaces.entryOperations(at: "namespaces", newSlot: newSlot)
    let uid = IDMapping(inside: who.user, outside: host.payloadUser),
      gid = IDMapping(inside: who.group, outside: host.payloadGroup)
    for (file, text) in [("setgroups", "deny"), ("uid_map", uid.line), ("gid_map", gid.line)] {
      steps.append(Planned(.writeMaps, .writeProcessFile(path: file, text: text), from: "namespaces.user"))
    }
    steps += [
      Planned(.becomeInside, .become(uid: who.user, gid: who.group, dropGroups: false), from: "credentials"),
      Planned(.forbidDumping, .forbidDumping, from: "credentials"),
    ]
    steps += CredentialPolicy.keyringOperations(at: "credentials")
    if filesystem.entryRoot == .pivotRoot {
      let context = RootfsContext(
        files: host.files, isRoot: false, insideUser: who.user, insideGroup: who.group, outsideUser: host.payloadUser,
        outsideGroup: host.payloadGroup, hostName: namespaces.hostName ?? "localhost", resolvesNames: namespaces.network != .own,
        users: [IDRange(inside: who.user, outside: host.payloadUser, count: 1)],
        groups: [IDRange(inside: who.group, outside: host.payloadGroup, count: 1)])
      steps += filesystem.lowered(at: "filesystem", in: context, newSlot: newSlot).operations
      let proc = newSlot()
      steps.append(
        Planned(.openOwnSources, .openTree(proc, path: "/proc", recursive: true, optional: false), from: "namespaces.user"))
      steps += NamespacePolicy.limits(through: proc) + namespaces.sysctlOperations(at: "namespaces.sysctls", through: proc)
      steps.append(Planned(.limitNamespace, .close(proc), from: "namespaces.user"))
    }
    return steps + capabilities.launcherOperations(at: "capabilities")
      + capabilities.operations(at: "capabilities").filter { $0.phase != .emptyInitCapabilitySets }
  }

  /// Who the process is inside: whom the policy names, or the number that it has.
  func insideIDs(in state: EntryState, on host: Host) -> ResolvedCredentials {
    guard credentials.keepsCurrent else { return credentials.resolved(by: host.accounts) }
    var who = CredentialPolicy().resolved(by: host.accounts)
    (who.user, who.group) = (host.uid, host.gid)
    return who
  }

  private func entryFilter() throws(Sandbox.Error) -> [Planned] {
    do {
      return try filter.operations(at: "filter", writableBinds: filesystem.hasWritableBinds).map { step in
        guard case .loadFilter(let program) = step.operation else { return step }
        return Planned(step.phase, .synchronizeFilter(program), from: step.origin)
      }
    } catch {
      throw .invalid([Problem("filter", "\(error)")])
    }
  }

  /// What cannot be read cannot be held to be tighter.
  static func limitsInForce() throws(Sandbox.Error) -> ResourceLimitState {
    do throws(Errno) {
      return try ResourceLimitState()
    } catch {
      throw Sandbox.Error(SystemCallError("prlimit64", "the limits of this process", errno: error), at: "limits")
    }
  }

  /// A process that has entered raises no limit again that it may only lower.
  private func entryLimits(in state: EntryState) throws(Sandbox.Error) -> ResourceLimitPolicy {
    guard state.hasEntered else { return limits }
    let now = try Self.limitsInForce()
    var limits = limits
    for (limit, bounds) in limits.managed where bounds.lowersToHost {
      limits[limit] = ResourceLimitBounds(
        soft: min(bounds.soft, now[limit].soft), hard: min(bounds.hard, now[limit].hard), lowersToHost: true)
    }
    return limits
  }
}

extension Planned {
  /// Whether each thread has it of its own.
  var isOfThreads: Bool {
    switch operation {
    case .become, .setGroups, .limitBoundingSet, .setSecureBits, .setCapabilities, .setNoNewPrivileges, .unshare,
      .newSessionKeyring:
      true
    default: false
    }
  }

  /// Whether a thread may have it of its own, by unshare(2) with CLONE_FS.
  var mayBeOfThreads: Bool {
    switch operation {
    case .changeRoot, .setUmask: true
    default: false
    }
  }
}

extension Sandbox.EntryState {
  func isInForce(_ operation: Operation) -> Bool {
    switch operation {
    case .become(let user, let group, let dropGroups):
      self.user == user && self.group == group && (!dropGroups || groups == [])
    case .setGroups(let groups): self.groups == groups
    case .limitBoundingSet(let keep): bounding.isSubset(of: CapabilitySet(mask: keep))
    case .setSecureBits(let bits): secureBits.rawValue == bits
    case .setCapabilities(let effective, let permitted, let inheritable, let ambient):
      self.effective.mask == effective && self.permitted.mask == permitted && self.inheritable.mask == inheritable
        && self.ambient.mask == ambient
    case .setNoNewPrivileges: noNewPrivileges
    case .setUmask(let mask): umask == mask
    default: false
    }
  }
}
