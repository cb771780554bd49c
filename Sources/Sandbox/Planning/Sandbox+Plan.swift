public import SandboxPlanning
internal import Capabilities
internal import Rootfs
internal import SystemPackage

extension Sandbox {
  /// What will be done to run a command in this jail, without doing it.
  ///
  /// - Parameters:
  ///   - command: the program to plan for.
  ///   - host: the host to plan for; `nil` means this one, as it is now.
  /// - Throws: ``Error`` of kind ``Error/Kind/invalid`` with everything that is wrong.
  public func plan(for command: Command, on host: Host? = nil) throws(Sandbox.Error) -> Plan {
    if let host { return try planned(for: command, on: host).plan }
    return try planned(for: command, on: self.host()).plan
  }

  /// This host, with the files that this policy asks about.
  func host() throws(Sandbox.Error) -> Host {
    let system = Set(HostFiles.systemPaths)
    return try Host.current(
      asking: HostFiles.systemPaths, following: filesystem.sources.filter { !system.contains($0) })
  }

  /// A plan, and what of it the host must know to hand its descriptors over.
  struct PlannedRun {
    var plan: Plan
    /// Where the first of the payload's own descriptors lies among those that are handed over.
    var firstDescriptor: Int
  }

  func planned(for command: Command, on host: Host) throws(Sandbox.Error) -> PlannedRun {
    let problems = self.problems(for: command, on: host)
    guard problems.isEmpty else { throw .invalid(problems) }

    // The claim on the payload's id comes first: the init keeps it.
    let numbers = command.descriptorNumbers
    var plan = Plan(passed: (host.isPrivileged ? ["claim on uid \(host.payloadUser)"] : []) + numbers.map { "descriptor \($0)" })
    let first = host.isPrivileged ? 1 : 0
    var installed = numbers.enumerated().map { InstalledDescriptor(Slot(first + $0.offset), as: $0.element) }

    let root = filesystem.lowered(at: "filesystem", in: rootfsContext(on: host)) { plan.newSlot() }
    var steps = root.operations
    steps += namespaces.operations(
      at: "namespaces", uid: .init(inside: credentials.user, outside: host.payloadUser),
      gid: .init(inside: credentials.group, outside: host.payloadGroup), denySetgroups: !host.isPrivileged)
    steps.append(Planned(.raiseOpenFiles, .raiseOpenFiles, from: "descriptors"))
    steps += credentials.operations(at: "credentials", dropGroups: host.isPrivileged)
    steps += nestingSteps(proc: root.proc) { plan.newSlot() }
    steps += CapabilityPolicy().operations(at: "capabilities")
    steps += limits.operations(at: "limits")
    do {
      steps += try filter.operations(at: "filter", writableBinds: filesystem.hasWritableBinds)
      steps += try SeccompPolicy.initOperations(at: "filter")
    } catch {
      throw .invalid([Problem("filter", "\(error)")])
    }

    steps.append(Planned(.startPayload, .startPayload(keeping: first), from: "command"))
    steps.append(Planned(.newSession, .newSession, from: "command"))
    if let terminal = command.terminal, let devpts = root.devpts {
      let slave = plan.newSlot()
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

    for (stage, phase) in Self.order {
      for step in steps where step.phase == phase { plan.add(stage, step.operation, from: step.origin) }
    }
    assert(plan.steps.count == steps.count, "a phase has no place in the order")
    return PlannedRun(plan: plan, firstDescriptor: first)
  }

  private func rootfsContext(on host: Host) -> RootfsContext {
    RootfsContext(
      files: host.files, isRoot: host.isPrivileged && host.opensTrees, insideUser: credentials.user,
      insideGroup: credentials.group, outsideUser: host.payloadUser, outsideGroup: host.payloadGroup,
      hostName: namespaces.hostName ?? "localhost")
  }

  /// The jail's own /proc where it has one; else a procfs that is never attached anywhere, and gone again at once.
  private func nestingSteps(proc: Slot?, newSlot: () -> Slot) -> [Planned] {
    if let proc { return [NamespacePolicy.forbidNesting(through: proc)] }
    let slot = newSlot()
    return [
      Planned(
        .forbidNesting, .newFilesystem(slot, type: "proc", options: [], attributes: [.noSetUserID, .noDevices, .noExecution]),
        from: "namespaces.user"),
      NamespacePolicy.forbidNesting(through: slot),
      Planned(.forbidNesting, .close(slot), from: "namespaces.user"),
    ]
  }
}

extension Sandbox.Command {
  /// The descriptors that the host hands over, by the program's numbers, ascending.
  var descriptorNumbers: [Int] { (terminal == nil ? [0, 1, 2] : []) + descriptors.keys.sorted() }

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
