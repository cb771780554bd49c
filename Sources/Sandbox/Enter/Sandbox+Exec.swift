internal import SandboxKernel
internal import SandboxPlanning
internal import Rootfs
internal import Namespaces
internal import SystemPackage

extension Sandbox {
  /// The closed box less what takes a fork: no pid namespace of its own, and with it no fresh /proc. For a process of one thread.
  ///
  /// What it does not protect against, beyond what `Sandbox()` does not: the processes of the host that have the same user outside
  /// can be signalled by number (an ordinary user's own; where root enters, nobody has that user); and no init ends what is left.
  public static var inPlace: Sandbox {
    var sandbox = Sandbox()
    sandbox.namespaces.pid = .host(
      because: "a process cannot move into a new pid namespace without a fork, and without one there is no fresh /proc")
    sandbox.filesystem.mounts.removeAll { $0 == .proc }
    return sandbox
  }

  /// Enters, then replaces this process by a program: no fork, no init, as a service manager or a shell's `exec` would use it.
  ///
  /// The program is found in the new root. It gets descriptors 0, 1, 2 and those that are kept, no handler, nothing ignored and
  /// nothing blocked. Only the calling thread goes on: execve(2) ends all others. Timers of setitimer(2) and alarm(2) stay.
  ///
  /// - Parameters:
  ///   - command: the program; its streams must be inherited, since nobody is left to serve others.
  ///   - kept: descriptors that it gets beside 0, 1 and 2, by the same numbers.
  /// - Throws: ``Error`` as ``enter(keeping:)``. Where the program cannot be executed the process has entered already: it writes so
  ///   to standard error, and ends with status 127 where there is no such program, or 126.
  public func exec(_ command: Command, keeping kept: KeptDescriptors = .standardStreams) throws(Sandbox.Error) -> Never {
    throw try EntryRecord.claiming { () throws(Sandbox.Error) in
      let state = try EntryState.current()
      let plan = try entryPlan(keeping: kept, becoming: command, in: state)
      let entrance = carryOut(plan, in: state)
      return Self.error(entrance.refusal ?? .malformedPlan, entrance, in: plan, of: state)
    }
  }

  /// Enters, then replaces this process by a program; as ``exec(_:keeping:)``, with this process's own streams.
  public func exec(
    _ executable: String, arguments: [String] = [], environment: Environment = .standard
  ) throws(Sandbox.Error) -> Never {
    try exec(
      Command(
        executable, arguments: arguments, environment: environment, input: .inherited, output: .inherited, error: .inherited))
  }

  /// What would hold of a program that this process becomes, and what not, without doing it.
  public func enforcement(forExec command: Command) throws(Sandbox.Error) -> Enforcement {
    let state = try EntryState.current()
    _ = try entryPlan(keeping: .standardStreams, becoming: command, in: state)
    return entryEnforcement(keeping: .standardStreams, in: state, verified: [])
  }
}

extension Sandbox.Command {
  func problemsOfExec(in sandbox: Sandbox) -> [Problem] {
    var problems =
      problems(in: sandbox) + fixedNamespaceProblems("a process that enters stays in those that it has, or makes new ones")
    if terminal != nil {
      problems.append(
        Problem("command.terminal", "a program that this process becomes keeps its terminal", hint: "leave it at nil"))
    }
    if !descriptors.isEmpty {
      problems.append(
        Problem(
          "command.descriptors", "a program that this process becomes keeps descriptors by their numbers",
          hint: "exec(_:keeping:)"))
    }
    for (name, isInherited) in [
      ("input", input.isInherited), ("output", output.isInherited), ("error", error.isInherited),
    ] where !isInherited {
      problems.append(
        Problem(
          PolicyPath("command").appending(name),
          "nobody is left to serve it: a program that this process becomes has its streams",
          hint: "write .inherited"))
    }
    return problems
  }
}

extension Sandbox.Input {
  fileprivate var isInherited: Bool {
    if case .descriptor(let descriptor) = source { descriptor == .init(.standardInput) } else { false }
  }
}

extension Sandbox.Output {
  fileprivate var isInherited: Bool {
    if case .descriptor(let descriptor) = destination { descriptor == .inherited } else { false }
  }
}
