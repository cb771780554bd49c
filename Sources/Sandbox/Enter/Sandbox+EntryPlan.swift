internal import Capabilities
internal import Credentials
internal import ResourceLimits
internal import Rootfs
internal import SandboxKernel
public import SandboxPlanning
internal import Seccomp

extension Sandbox {
  /// What will be done by ``enter(keeping:)``, by this process as it is now, without doing it.
  ///
  /// - Throws: ``Error`` of kind ``Error/Kind/invalid`` with everything that is wrong.
  public func plan(for entering: Entering) throws(Sandbox.Error) -> Plan { try entryPlan(keeping: entering.kept, in: .current()) }

  func entryPlan(keeping kept: KeptDescriptors, in state: EntryState) throws(Sandbox.Error) -> Plan {
    let problems = try entryProblems(keeping: kept, in: state)
    guard problems.isEmpty else { throw .invalid(problems) }
    var plan = Plan()
    plan.add(try entrySteps(keeping: kept, in: state, accounts: entryAccounts()), in: Self.entryOrder)
    return plan
  }

  /// The host's accounts, where the policy names any.
  func entryAccounts() throws(Sandbox.Error) -> HostAccounts {
    guard credentials.namesAccounts else { return HostAccounts() }
    return try Sandbox.Error.translating(at: "credentials") { try HostAccounts.current() }
  }

  /// Without a /proc, what is in force already is left out: there is nobody to be found whom it could still be given to.
  func entrySteps(
    keeping kept: KeptDescriptors, in state: EntryState, accounts: HostAccounts
  ) throws(Sandbox.Error) -> [Planned] {
    let who = credentials.resolved(by: accounts)
    var steps: [Planned] = []
    if case .chroot(let directory, _) = filesystem.change {
      steps.append(Planned(.changeRoot, .changeRoot(directory), from: "filesystem.change"))
    }
    if case .only(let numbers) = kept.choice {
      steps.append(Planned(.keepDescriptors, .keepDescriptors(numbers.map { Int($0) }.sorted()), from: "descriptors"))
    }
    if state.has(.sysResource), !state.hasEntered { steps += limits.launcherOperations(at: "limits") }
    steps += entryLimits(in: state).operations(at: "limits")
    steps += credentials.entryOperations(at: "credentials", as: who) + credentials.payloadOperations(at: "credentials")
    steps += capabilities.entryOperations(
      at: "capabilities", held: state.effective, bounding: state.bounding, current: state.secureBits,
      changesUser: !credentials.keepsCurrent && who.user != state.user)
    steps += filesystem.payloadOperations(at: "filesystem")
    steps += try entryFilter()
    return steps.filter { step in !(step.isOfThreads && state.hasEntered && !state.hasProc && state.isInForce(step.operation)) }
  }

  private func entryFilter() throws(Sandbox.Error) -> [Planned] {
    do {
      return try filter.operations(at: "filter", writableBinds: false).map { step in
        guard case .loadFilter(let program) = step.operation else { return step }
        return Planned(step.phase, .synchronizeFilter(program), from: step.origin)
      }
    } catch {
      throw .invalid([Problem("filter", "\(error)")])
    }
  }

  /// A process that has entered raises no limit again that it may only lower.
  private func entryLimits(in state: EntryState) -> ResourceLimitPolicy {
    guard state.hasEntered, let now = try? ResourceLimitState() else { return limits }
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
    case .become, .setGroups, .limitBoundingSet, .setSecureBits, .setCapabilities, .setNoNewPrivileges, .unshare: true
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
    default: false
    }
  }
}
