internal import Capabilities
internal import Credentials
internal import SandboxPlanning
internal import Rootfs
internal import SandboxKernel

extension Sandbox {
  /// What a policy is to be used for.
  public enum Use: Sendable, Hashable {
    /// ``Sandbox/run(_:)`` and ``Sandbox/spawn(_:)``.
    case spawn
    /// ``Sandbox/enter(keeping:)``, by this process as it is now.
    case enter
  }

  /// Looks for everything that is wrong with this policy on this host, without doing anything.
  ///
  /// - Throws: ``Error`` of kind ``Error/Kind/invalid`` with all problems at once, each by its policy path.
  public func validate(for use: Use, on host: Host? = nil) throws(Sandbox.Error) {
    let problems: [Problem]
    switch use {
    case .enter:
      problems = try entryProblems(
        keeping: .standardStreams, executes: false, in: .current(), on: namespaces.own.contains(.user) ? self.host() : nil)
    case .spawn:
      if let host {
        problems = self.problems(on: try host.knowing(self))
      } else {
        problems = self.problems(on: try self.host())
      }
    }
    guard problems.isEmpty else { throw .invalid(problems) }
  }

  func problems(for command: Command, on host: Host) -> [Problem] {
    problems(on: host) + joiningProblems(for: command, on: host) + command.problems(in: self)
      + handedFileProblems(for: command, on: host)
  }

  /// Of any program of a jail's, the first or a further one: where its directories give that away already, those are named instead.
  func handedFileProblems(for command: Command, on host: Host) -> [Problem] {
    guard command.opensHostFiles, !filesystem.hasWritableBinds else { return [] }
    return fileCapabilityProblems(on: host, at: "command.descriptors")
  }

  /// A writable directory of root's is shown as the payload's, and what the payload writes there is root's: capabilities, too.
  private func fileCapabilityProblems(on host: Host, at path: PolicyPath) -> [Problem] {
    guard host.isPrivileged, capabilities.permitted.contains(.setfcap) else { return [] }
    return [
      Problem(
        path, "with CAP_SETFCAP it could give a program of the host's, which it can write, capabilities on the host",
        hint: "keep other capabilities (--cap-drop setfcap), or let nothing of the host's be written")
    ]
  }

  /// What only stands in the way of namespaces that the command brings along: what belongs to one of the jail's own.
  private func joiningProblems(for command: Command, on host: Host) -> [Problem] {
    let kinds = command.joinedNamespaces.map(\.kind)
    guard !kinds.isEmpty else { return [] }
    var joining = self
    joining.namespaces = namespaces.joining(kinds)
    let own = problems(on: host)
    return joining.problems(on: host).filter { !own.contains($0) }.map {
      Problem(
        $0.path, $0.message,
        hint: "leave \(kinds.map { "command.namespaces.\($0.rawValue)" }.joined(separator: ", ")) out, or this")
    }
  }

  func problems(on host: Host) -> [Problem] {
    var problems = namespaces.problems(at: "namespaces") + hostNamespaceProblems(on: host)
    problems += idMapProblems(on: host)
    let context = rootfsContext(on: host)
    problems += filesystem.problems(
      at: "filesystem", on: host.files, isRoot: context.isRoot, uid: host.uid, users: context.users, groups: context.groups)
    problems += filesystem.problems(
      at: "filesystem", hasOwnIPC: namespaces.ipc == .own, hasOwnNetwork: namespaces.network == .own)
    // What covers the host's root could be taken away, and the namespace joined anew.
    if filesystem.rootChange == .chroot, capabilities.kept.contains(.sysAdmin) {
      problems.append(
        Problem(
          "filesystem.rootChange", "a jail that keeps CAP_SYS_ADMIN could leave a root that it was given by chroot(2)",
          hint: "write .pivotRoot, or keep other capabilities"))
    }
    if filesystem.hasWritableBinds || namespaces.isShared(.mount) {
      problems += fileCapabilityProblems(on: host, at: "capabilities")
    }
    problems += rightsProblems(on: host)
    problems += limits.problems(at: "limits") + scheduling.problems(at: "scheduling")
    problems += filter.problems(at: "filter")
    if let deadline, deadline <= .zero {
      problems.append(
        Problem("deadline", "a deadline of \(deadline.text) leaves the program no time", hint: "`nil` means no deadline"))
    }
    if host.uid == 0, !host.isPrivileged {
      problems.append(
        Problem(
          "credentials", "this process is root, but lacks CAP_SETUID or CAP_SETGID, and could give the payload no id but root's",
          hint: "spawn as an ordinary user, or keep both capabilities"))
    }
    return problems
  }
}

extension Sandbox.Command {
  func problems(in sandbox: Sandbox) -> [Problem] {
    var problems: [Problem] = []
    if let message = executableProblem {
      problems.append(Problem("command.executable", message, hint: "write an absolute path, or a name without \"/\""))
    }
    for (index, argument) in arguments.enumerated() where argument.utf8.contains(0) {
      problems.append(Problem(PolicyPath("command.arguments").element(index), "the argument contains a NUL byte"))
    }
    if let name, name.utf8.contains(0) { problems.append(Problem("command.name", "the name contains a NUL byte")) }
    problems += environment.problems(at: "command.environment")
    if !executable.contains("/"), searchPath.isEmpty {
      problems.append(
        Problem("command.environment.PATH", "PATH names no absolute directory in which \"\(executable)\" could be found"))
    }
    if descriptors.count > Self.mostDescriptors {
      problems.append(
        Problem("command.descriptors", "there are \(descriptors.count) further descriptors; a jail takes \(Self.mostDescriptors)")
      )
    }
    for number in descriptors.keys.sorted() where number < 3 || number > 1023 {
      problems.append(
        Problem(
          PolicyPath("command.descriptors").element(number), "further descriptors have the numbers 3 to 1,023",
          hint: number < 3 ? "0, 1 and 2 are input, output and error" : nil))
    }
    for (kind, _) in joinedNamespaces {
      let path = PolicyPath("command.namespaces").appending(kind.rawValue)
      if let row = NamespacePolicy.sharings.first(where: { $0.kind == kind }) {
        if sandbox.namespaces[keyPath: row.property] != .own {
          problems.append(
            Problem(path, "the policy says where it comes from already", hint: "leave namespaces.\(kind.rawValue) at .own"))
        }
      } else {
        problems.append(
          Problem(
            path, "a \(kind.rawValue) namespace cannot be joined: the jail is built on one of its own",
            hint: "run a further program in a jail that lives: Process.spawn(_:)"))
      }
    }
    for (path, descriptor) in handedDescriptors {
      if let reason = descriptor.reopenableBecause, reason.allSatisfy(\.isWhitespace) {
        problems.append(Problem(path, "a descriptor that the jail can open again needs a reason"))
      }
    }
    if case .sameAsOutput = output.destination {
      problems.append(Problem("command.output", ".combined is for standard error: it follows standard output"))
    }
    if let terminal {
      if !sandbox.filesystem.mounts.contains(where: { $0.kind == .devices }) {
        problems.append(Problem("command.terminal", "a terminal needs .devices among filesystem.mounts"))
      }
      if terminal.rows == 0 || terminal.columns == 0 {
        problems.append(Problem("command.terminal", "a terminal has at least one row and one column"))
      }
    }
    return problems
  }

  /// What the launcher gets beside them is a handful, of 64 together.
  private static let mostDescriptors = 56

  private var executableProblem: String? {
    if executable.isEmpty { return "the path of the program is empty" }
    if executable.utf8.contains(0) { return "the path of the program contains a NUL byte" }
    if executable.contains("/"), !executable.hasPrefix("/") { return "\"\(executable)\" is neither absolute nor a name alone" }
    if executable.utf8.count > 4095 { return "the path of the program is longer than 4,095 bytes" }
    if executable == "." || executable == ".." { return "\"\(executable)\" is a directory" }
    return nil
  }
}
