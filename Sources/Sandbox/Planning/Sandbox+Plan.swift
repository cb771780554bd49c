public import SandboxPlanning
internal import Capabilities
internal import Credentials
internal import Namespaces
internal import Rootfs
internal import Seccomp
internal import SystemPackage

extension Sandbox {
  /// What will be done to run a command in this jail, without doing it.
  ///
  /// - Parameters:
  ///   - command: the program to plan for.
  ///   - host: the host to plan for; `nil` means this one, as it is now.
  /// - Throws: ``Error`` of kind ``Error/Kind/invalid`` with everything that is wrong.
  public func plan(for command: Command, on host: Host? = nil) throws(Sandbox.Error) -> Plan {
    if let host { return try planned(for: command, on: try host.knowing(self)) }
    return try planned(for: command, on: self.host())
  }

  /// This host, with the files that this policy asks about.
  func host() throws(Sandbox.Error) -> Host {
    var host = try Host.current(
      asking: HostFiles.systemPaths + (resolvesNames ? [HostFiles.nameServers] : []), following: filesystem.sources,
      accounts: credentials.namesAccounts, programs: filesystem.programs, subordinateIDs: asksForSubordinateIDs,
      mappedIDs: namespaces.isShared(.user))
    host.lookAtWays(of: filesystem)
    return host
  }

  /// A plan for a jail of a launcher of its own.
  func planned(for command: Command, on host: Host) throws(Sandbox.Error) -> Plan {
    let problems = self.problems(for: command, on: host)
    guard problems.isEmpty else { throw .invalid(problems) }

    let passed = claim(on: host) + command.passedDescriptors
    var plan = Plan(passed: passed + command.joinedNamespaces.map { "the \($0.kind.rawValue) namespace" })
    let root =
      self.namespaces.isShared(.mount)
      ? LoweredRootfs() : filesystem.lowered(at: "filesystem", in: rootfsContext(on: host)) { plan.newSlot() }
    var steps = root.operations + hostRootSteps
    let hostProc = hostProcSteps(hasProc: root.proc != nil) { plan.newSlot() }
    steps += hostProc.steps
    let namespaces = namespaces.joining(command.joinedNamespaces.map(\.kind))
    for (index, joined) in command.joinedNamespaces.enumerated() {
      let join = Operation.joinNamespaces(Slot(passed.count + index), flags: joined.kind.flag)
      steps.append(Planned(.joinNamespaces, join, from: PolicyPath("command.namespaces").appending(joined.kind.rawValue)))
    }
    steps += namespaces.joinOperations(at: "namespaces") { plan.newSlot() }
    steps += namespaces.operations(
      at: "namespaces", maps: idMaps(on: host))
    steps += hostSteps(on: host)
    steps += rightsSteps(on: host)
    steps += CredentialPolicy.keyringOperations(at: "credentials")
    steps += ownSysctlSteps(proc: root.proc ?? hostProc.slot) { plan.newSlot() }
    steps += try payloadSteps(of: command, on: host, devpts: root.devpts, first: claim(on: host).count) { plan.newSlot() }
    plan.add(steps, in: Self.order)
    return plan
  }

  /// A plan for the launcher of a prepared sandbox: what its jails share.
  func launcherPlan(on host: Host, networkAhead: Bool) throws(Sandbox.Error) -> Plan {
    let problems = self.problems(on: host) + filesystem.preparationProblems(at: "filesystem", on: host.files)
    guard problems.isEmpty else { throw .invalid(problems) }

    var plan = Plan(passed: claim(on: host))
    let mounts = plan.newSlot()
    // Both go to each jail, by their numbers, the second where it needs it.
    let proc = plan.newSlot()
    let root = loweredRoot(on: host, newSlot: { plan.newSlot() }, newJailSlot: { plan.newSlot() })
    var steps = root.operations
    steps += namespaces.joinOperations(at: "namespaces") { plan.newSlot() }
    if root.launcherOnly != nil || namespaces.needsHostProc { steps.append(NamespacePolicy.hostProc(proc, at: "namespaces")) }
    if let (path, places) = root.launcherOnly {
      steps.append(Planned(.divideMounts, .divideMounts(mounts, proc: path, without: places), from: "filesystem"))
      steps += mountSteps(of: root, mounts: mounts, in: .makeMountsAhead)
      steps.append(Planned(.makeMountsAhead, .setMountsAside(proc: proc), from: "namespaces.mount"))
    }
    steps += namespaces.launcherOperations(
      at: "namespaces", maps: idMaps(on: host))
    steps += hostSteps(on: host)
    steps += credentials.operations(at: "credentials", as: who(on: host), dropGroups: dropsGroups(on: host))
    if sharesKeyring { steps += CredentialPolicy.keyringOperations(at: "credentials") }
    steps += launcherLimitSteps(proc: root.proc) { plan.newSlot() }
    steps += capabilities.launcherOperations(at: "capabilities", initKills: initKills(on: host))
    steps.append(
      Planned(
        .park, .park(networkAhead: networkAhead, keeping: claim(on: host).count + (namespaces.needsHostProc ? 2 : 1)),
        from: "namespaces.network"))
    plan.add(steps, in: Self.order)
    return plan
  }

  /// A plan for a jail of a prepared sandbox: what its launcher has not done.
  func jailPlan(for command: Command, on host: Host, networkAhead: Bool) throws(Sandbox.Error) -> Plan {
    let problems =
      command.problems(in: self) + handedFileProblems(for: command, on: host)
      + command.fixedNamespaceProblems("the prepared launcher has fixed where they come from")
    guard problems.isEmpty else { throw .invalid(problems) }

    let claim = claim(on: host)
    let kept = claim + ["mounts"] + (namespaces.needsHostProc ? ["the host's /proc"] : [])
    var plan = Plan(passed: kept + command.passedDescriptors)
    let root = loweredRoot(on: host, newSlot: { Slot(0) }, newJailSlot: { plan.newSlot() })
    var steps = root.jailOperations
    steps += namespaces.jailOperations(
      at: "namespaces", networkAhead: networkAhead, mountsApart: root.launcherOnly != nil,
      proc: namespaces.needsHostProc ? Slot(claim.count + 1) : nil)
    if root.launcherOnly != nil {
      let made = mountSteps(of: root, mounts: Slot(claim.count), in: .makeMounts)
      steps.append(Planned(.makeMounts, .takeMounts(insteadOf: made.count), from: "namespaces.mount"))
      steps += made
    }
    var devpts = root.devpts
    if let terminals = filesystem.terminals, command.terminal != nil, devpts == nil {
      let slot = plan.newSlot()
      steps.append(Planned(.openTerminal, .openInPlace(slot, path: terminals), from: "command.terminal"))
      devpts = slot
    }
    if !sharesKeyring { steps += CredentialPolicy.keyringOperations(at: "credentials") }
    steps += capabilities.operations(at: "capabilities", initKills: initKills(on: host))
    steps += try payloadSteps(of: command, on: host, devpts: devpts, first: kept.count) { plan.newSlot() }
    plan.add(steps, in: Self.order)
    return plan
  }

  /// A jail's mount namespace, and what is its own in it: made ahead, or by itself.
  private func mountSteps(of root: LoweredRootfs, mounts: Slot, in phase: Phase) -> [Planned] {
    let steps =
      root.sourcesAhead + [Planned(phase, .enterMounts(mounts), from: "namespaces.mount")] + root.operationsAhead
    return steps.map { Planned(phase, $0.operation, from: $0.origin) }
  }

  /// A plan for a further program in a jail that lives: its supervisor joins everything of the jail's but the process
  /// numbers, in which only the program itself is born. The jail's processes cannot see the supervisor, and the program not
  /// before it runs.
  ///
  /// - Parameter guarded: whether set-user-ID files are kept from coming to be in the jail: see ``guardsHostFiles(for:)``.
  func joiningPlan(for command: Command, on host: Host, guarded: Bool) throws(Sandbox.Error) -> Plan {
    var problems =
      command.problems(in: self) + handedFileProblems(for: command, on: host)
      + command.fixedNamespaceProblems("a further program joins the jail's")
    if !guarded {
      // What it has, the programs that run there already could open by way of its /proc/PID/fd; and their filter is the old one.
      problems += command.handedDescriptors.filter { $0.descriptor.reopenableBecause != nil }.map {
        Problem(
          $0.path, "a descriptor that the jail can open again would let its other programs make set-user-ID files by it",
          hint: "hand one to the jail's first program, whose filter then refuses that, or bind a directory to be written")
      }
    }
    guard problems.isEmpty else { throw .invalid(problems) }

    let claim = claim(on: host)
    var plan = Plan(passed: claim + ["the jail's program"] + command.passedDescriptors)
    let jail = Slot(claim.count)
    let joined = namespaces.ofFurtherPrograms.flags
    var steps = hostSteps(on: host) + hostRootSteps + hostProcSteps(hasProc: true) { plan.newSlot() }.steps
    if joined != 0 { steps.append(Planned(.joinNamespaces, .joinNamespaces(jail, flags: joined), from: "namespaces")) }
    steps += [
      Planned(.cloneJail, .cloneJail(flags: 0, uidMap: "", gidMap: "", denySetgroups: false), from: "namespaces"),
      Planned(.waitForMaps, .waitForMaps, from: "namespaces"),
    ]
    if namespaces.own.contains(.pid) {
      steps.append(Planned(.joinProcesses, .joinNamespaces(jail, flags: Namespace.pid.flag), from: "namespaces.pid"))
    }
    steps += rightsSteps(on: host)
    steps += CredentialPolicy.keyringOperations(at: "credentials")
    let terminals = command.terminal == nil ? nil : filesystem.terminals
    let devpts = terminals.map { _ in plan.newSlot() }
    if let devpts, let terminals {
      steps.append(Planned(.openOwnSources, .openInPlace(devpts, path: terminals), from: "command.terminal"))
    }
    steps += try payloadSteps(
      of: command, on: host, devpts: devpts, first: claim.count + 1, joins: true, guardsHostFiles: guarded
    ) { plan.newSlot() }
    plan.add(steps, in: Self.order)
    return plan
  }

  /// Whether the filter keeps set-user-ID and set-group-ID files from coming to be on the host: of a jail that writes to a
  /// directory of it, or that could by a descriptor which it can open again. It is the same for all programs of a jail, any of
  /// which may reach what another one has.
  func guardsHostFiles(for command: Command) -> Bool {
    filesystem.hasWritableBinds || namespaces.isShared(.mount) || command.opensHostFiles
  }

  /// What a launcher does with the host's rights, and its jails inherit.
  private func hostSteps(on host: Host) -> [Planned] {
    [Planned(.raiseOpenFiles, .raiseOpenFiles, from: "descriptors")]
      + (host.raisesLimits ? limits.launcherOperations(at: "limits") : []) + scheduling.launcherOperations(at: "scheduling")
  }

  /// Where the filter keeps keyctl(2) and its kin from the payload, one session keyring for all jails is as good as one
  /// each, and an ordinary user has no more than 200 keys to make them of.
  private var sharesKeyring: Bool { filter == .standard }

  /// From the start of the payload's process on; the same for every kind of launcher.
  ///
  /// - Parameters:
  ///   - first: the slot of the first descriptor that the payload gets.
  ///   - joins: whether it is a further program of a jail.
  ///   - guardsHostFiles: whether the jail has that guard already.
  private func payloadSteps(
    of command: Command, on host: Host, devpts: Slot?, first: Int, joins: Bool = false, guardsHostFiles: Bool = false,
    newSlot: () -> Slot
  ) throws(Sandbox.Error) -> [Planned] {
    var installed = command.descriptorNumbers.enumerated().map { InstalledDescriptor(Slot(first + $0.offset), as: $0.element) }
    var steps = limits.operations(at: "limits") + scheduling.payloadOperations(at: "scheduling")
    do {
      steps += try filter.operations(
        at: "filter", writableBinds: guardsHostFiles || self.guardsHostFiles(for: command), joins: joins)
      steps += try SeccompPolicy.initOperations(at: "filter", listsChildren: namespaces.isShared(.pid))
    } catch {
      throw .invalid([Problem("filter", "\(error)")])
    }
    steps += credentials.payloadOperations(at: "credentials") + filesystem.payloadOperations(at: "filesystem")
    // The claim on the payload's id comes first of all: the init keeps it.
    steps.append(
      Planned(
        .startPayload, .startPayload(keeping: claim(on: host).count, severalIDs: hasSeveralUsers(on: host)), from: "command"))
    steps.append(Planned(.newSession, .newSession, from: "command"))
    if let terminal = command.terminal, let devpts {
      let slave = newSlot()
      steps.append(
        Planned(
          .openTerminal,
          .openTerminal(devpts: devpts, terminal: slave, rows: Int(terminal.rows), columns: Int(terminal.columns)),
          from: "command.terminal"))
      steps.append(Planned(.takeTerminal, .takeTerminal(slave), from: "command.terminal"))
      installed += [0, 1, 2].map { InstalledDescriptor(slave, as: $0) }
    }
    steps.append(
      Planned(
        .installDescriptors, .installDescriptors(installed.sorted { $0.number < $1.number }), from: "command.descriptors"))
    steps.append(Planned(.execute, command.execution, from: "command"))
    return steps
  }

  private func claim(on host: Host) -> [String] { host.isPrivileged ? ["claim on uid \(host.payloadUser)"] : [] }

  func who(on host: Host) -> ResolvedCredentials {
    guard credentials.keepsCurrent else { return credentials.resolved(by: host.accounts) }
    var who = CredentialPolicy().resolved(by: host.accounts)
    (who.user, who.group) = (host.uid, host.gid)
    return who
  }

  private func loweredRoot(on host: Host, newSlot: () -> Slot, newJailSlot: () -> Slot) -> LoweredRootfs {
    filesystem.lowered(at: "filesystem", in: rootfsContext(on: host), newSlot: newSlot, newJailSlot: newJailSlot)
  }

  func rootfsContext(on host: Host) -> RootfsContext {
    let who = who(on: host), maps = idMaps(on: host)
    var context = RootfsContext(
      files: host.files, isRoot: host.isPrivileged && host.opensTrees, insideUser: who.user,
      insideGroup: who.group, outsideUser: outsideUser(on: host), outsideGroup: outsideGroup(on: host),
      hostName: namespaces.hostName ?? "localhost", resolvesNames: resolvesNames,
      users: maps.users.map { IDRange(inside: $0.inside, outside: $0.outside, count: $0.count) },
      groups: maps.groups.map { IDRange(inside: $0.inside, outside: $0.outside, count: $0.count) })
    context.supplementaryGroups = credentials.namedGroups(in: host.accounts)
    context.sharesProcesses = namespaces.isShared(.pid)
    return context
  }

  /// Whether the jail's network may be one with name servers.
  var resolvesNames: Bool { namespaces.network != .own }

  /// Settings of the user namespace, and those that the policy asks for. Through the jail's own /proc where it has one; else
  /// a procfs that is never attached anywhere, and gone again at once.
  private func ownSysctlSteps(proc: Slot?, newSlot: () -> Slot) -> [Planned] {
    // In the host's they would be the host's.
    let hasUsers = namespaces.own.contains(.user)
    let steps = { (proc: Slot) in
      (hasUsers ? NamespacePolicy.limits(through: proc) : [])
        + namespaces.sysctlOperations(at: "namespaces.sysctls", through: proc)
    }
    if let proc { return steps(proc) }
    guard hasUsers || !namespaces.sysctls.isEmpty else { return [] }
    let slot = newSlot()
    return [
      Planned(
        .limitNamespace, .newFilesystem(slot, type: "proc", options: [], attributes: [.noSetUserID, .noDevices, .noExecution]),
        from: "namespaces.user")
    ] + steps(slot) + [Planned(.limitNamespace, .close(slot), from: "namespaces.user")]
  }

  /// The host's procfs, where the jail cannot mount one of its own: the kernel gives it to the owner of the pid namespace, and to
  /// nobody who has no mounts. Its children are listed there, too.
  private func hostProcSteps(hasProc: Bool, newSlot: () -> Slot) -> (slot: Slot?, steps: [Planned]) {
    let setsUp = !hasProc && (namespaces.own.contains(.user) || !namespaces.sysctls.isEmpty)
    guard namespaces.isShared(.pid) || (namespaces.isShared(.mount) && setsUp) else { return (nil, []) }
    let slot = newSlot()
    return (
      slot,
      [NamespacePolicy.hostProc(slot, at: namespaces.isShared(.pid) ? "namespaces.pid" : "namespaces.mount")]
        + namespaces.orphanOperations(at: "namespaces", through: slot)
    )
  }

  /// The host's procfs, since a launcher that stays in the host's pid namespace gets none of its own.
  private func launcherLimitSteps(proc: Slot?, newSlot: () -> Slot) -> [Planned] {
    if let proc { return NamespacePolicy.limits(through: proc) }
    let slot = newSlot()
    return [
      Planned(.openOwnSources, .openTree(slot, path: "/proc", recursive: true, optional: false), from: "namespaces.user")
    ] + NamespacePolicy.limits(through: slot) + [Planned(.limitNamespace, .close(slot), from: "namespaces.user")]
  }
}

extension Plan {
  /// Adds steps where their phases have their place.
  mutating func add(_ steps: [Planned], in order: [(stage: Stage, phase: Phase)]) {
    var places = [[Int]](repeating: [], count: order.count)
    for (index, step) in steps.enumerated() {
      guard let rank = order.firstIndex(where: { $0.phase == step.phase }) else {
        preconditionFailure("\(step.phase) has no place in the order")
      }
      places[rank].append(index)
    }
    reserve(steps.count)
    for (rank, indices) in places.enumerated() {
      for index in indices { add(order[rank].stage, steps[index].operation, from: steps[index].origin) }
    }
  }
}

extension Sandbox.Command {
  /// The descriptors that the host hands over, by the program's numbers, ascending.
  var passedDescriptors: [String] { descriptorNumbers.map { "descriptor \($0)" } }

  /// The host's descriptors that are handed over, by the program's numbers, ascending.
  var descriptorNumbers: [Int] { (terminal == nil ? [0, 1, 2] : []) + descriptors.keys.sorted() }

  /// The namespaces that are joined, in the order in which they are handed over.
  var joinedNamespaces: [(kind: Namespace, descriptor: FileDescriptor)] {
    namespaces.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
  }

  /// Where the namespaces are not the command's to say.
  func fixedNamespaceProblems(_ why: String) -> [Problem] {
    joinedNamespaces.map {
      Problem(PolicyPath("command.namespaces").appending($0.kind.rawValue), "no namespace can be joined here: \(why)")
    }
  }

  /// The host's descriptors that are handed over or relayed, by where they stand in the command.
  var handedDescriptors: [(path: PolicyPath, descriptor: Sandbox.Descriptor)] {
    var all: [(path: PolicyPath, descriptor: Sandbox.Descriptor)] = []
    if case .descriptor(let descriptor) = input.source { all.append(("command.input", descriptor)) }
    if case .descriptor(let descriptor) = output.destination { all.append(("command.output", descriptor)) }
    if case .descriptor(let descriptor) = error.destination { all.append(("command.error", descriptor)) }
    for (number, descriptor) in descriptors.sorted(by: { $0.key < $1.key }) {
      all.append((PolicyPath("command.descriptors").element(number), descriptor))
    }
    return all
  }

  /// Whether it gets a descriptor that can be opened again, of a directory of the host's perhaps.
  var opensHostFiles: Bool { handedDescriptors.contains { $0.descriptor.reopenableBecause != nil } }

  /// The program by its path, or by each path that it may have.
  var execution: Operation {
    .execute(candidates: candidates, arguments: [name ?? executable] + arguments, environment: variables.lines)
  }

  var candidates: [String] {
    if executable.contains("/") { return [executable] }
    return searchPath.map { $0.hasSuffix("/") ? $0 + executable : "\($0)/\(executable)" }
  }

  /// The directories of `PATH`; relative and empty ones, which would mean the working directory, are left out.
  var searchPath: [String] {
    (environment["PATH"] ?? Sandbox.Environment.standard["PATH"]!).split(separator: ":").map(String.init)
      .filter { $0.hasPrefix("/") }
  }

  private var variables: Sandbox.Environment {
    terminal == nil || environment["TERM"] != nil ? environment : environment.adding(["TERM": "xterm-256color"])
  }
}
