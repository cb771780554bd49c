internal import Capabilities
internal import Rootfs
internal import SandboxKernel
package import SandboxPlanning
internal import SystemPackage

extension Sandbox {
  /// What helps when a step fails: each mechanism's table, and that of the program itself.
  package static let hints: [Hint] =
    NamespacePolicy.hints + RootfsPolicy.hints + CredentialPolicy.hints + CapabilityPolicy.hints + ResourceLimitPolicy.hints
    + SchedulingPolicy.hints + SeccompPolicy.hints + executionHints

  private static let executionHints: [Hint] = [
    Hint("execute", "execve", .noSuchFileOrDirectory) { facts in
      facts.detail == .noInterpreter
        ? "the program exists, but what its first line or its header names as interpreter does not: \(interpreter(facts.head)); "
          + "bind that, too"
        : "nothing of the host is in the jail but what filesystem.mounts names: bind what is missing; a name without \"/\" is "
          + "searched for in PATH"
    },
    Hint("execute", "execve", .notDirectory, "a part of the program's path is a file: name the program itself"),
    Hint("execute", "execve", .permissionDenied) { facts in
      switch facts.detail {
      case .isDirectory: "it is a directory: name a program in it"
      case .notRegular: "it is no regular file: name a program"
      default:
        "it has no permission to be executed by the payload's user (chmod a+x), or lies on a mount without execution: bind it "
          + "from elsewhere"
      }
    },
    Hint("execute", "execve", .execFormatError) { facts in
      facts.head.starts(with: [0x7f, 0x45, 0x4c, 0x46])
        ? "it is a program for another kind of processor: name one that is built for this"
        : "it is neither a program nor a script: write a first line like \"#!/bin/sh\", or name its interpreter as the program"
    },
    Hint(
      "execute", "execve", .argListTooLong,
      "arguments and environment together are larger than the kernel takes: a quarter of limits.stack, and 128 KiB each; "
        + "write them to a file or to its input"),
    Hint(
      "execute", "execve", .tooManySymbolicLinkLevels, "its path leads through a loop of symbolic links: name a path without one"),
    Hint("execute", "execve", .textFileBusy, "someone has it open for writing: close it there"),
    Hint("execute", "execve", .noMemory, "limits.addressSpace or the host's memory is too small for it: raise the limit"),
    Hint(
      "start-payload", "clone3", .resourceTemporarilyUnavailable, cause: .limit,
      "the limit of processes is reached: raise ulimit -u, a cgroup's pids.max, or sysctl kernel.pid_max"),
    Hint(
      "clone-jail", "clone3", .resourceTemporarilyUnavailable, cause: .limit,
      "the limit of processes is reached: raise ulimit -u, a cgroup's pids.max, or sysctl kernel.pid_max"),
    Hint(
      "clone-jail", "sendmsg", Errno(rawValue: 109), cause: .limit,
      "the payload's user has too many descriptors on their way through sockets: raise this process's ulimit -n"),
    Hint(
      "open-terminal", "openat2", .noSpace, cause: .limit,
      "the host has no pseudo-terminal left: raise sysctl kernel.pty.max, or close some"),
  ]

  /// What a first line `#!…` or an ELF file's loader names, as far as the first bytes show it.
  private static func interpreter(_ head: [UInt8]) -> String {
    guard head.starts(with: Array("#!".utf8)) else { return "the loader of its ELF header" }
    let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
    return "\"\(String(decoding: line, as: UTF8.self).split(separator: " ").first ?? "")\""
  }

  /// The error that a report's failed step stands for.
  static func error(_ report: Report, in plan: Plan, on host: Host) -> Sandbox.Error {
    guard plan.steps.indices.contains(report.failedStep) else {
      return Error(.setup, problems: [Problem("", "the jailer's report names step \(report.failedStep), which the plan has not")])
    }
    let step = plan.steps[report.failedStep]
    let errno = Errno(rawValue: report.error)
    let call = systemCallName(report.call)
    let facts = HintFacts(
      of: step.operation, earlier: plan.steps[..<report.failedStep].map(\.operation), detail: report.detail, head: report.head,
      on: host)
    let advice = advice(facts, call: call, errno: errno)
    if report.detail == .killed {
      let who = if case .cloneJail = step.operation { "the jail's init" } else { "the payload's process" }
      return Error(
        .setup,
        problems: [
          Problem(
            step.origin, "\(step.operation.description): \(who) was killed in this step, before its program ran",
            hint: "the kernel's out-of-memory killer, or another process, did it")
        ],
        step: .init(index: report.failedStep, operation: step.operation.description, stage: step.stage))
    }
    let named = call.map { "\($0)(\(step.operation.subject))" } ?? step.operation.description
    return Error(
      kind(of: step.operation, errno: errno, detail: report.detail),
      problems: [Problem(step.origin, "\(named): \(errno.name) (\(errno.meaning))", hint: advice?.text)],
      step: .init(index: report.failedStep, operation: step.operation.description, stage: step.stage), call: call,
      errno: report.error, cause: advice?.cause)
  }

  /// What the tables say of a call that failed.
  static func advice(_ facts: HintFacts, call: String?, errno: Errno) -> Advice? {
    hints.lazy.filter {
      $0.operation == facts.operation.name && $0.errno == errno && ($0.call == nil || $0.call == call)
    }.compactMap { $0.advice(facts) }.first
  }

  private static func kind(of operation: Operation, errno: Errno, detail: Report.Detail) -> Error.Kind {
    guard case .execute = operation else { return .setup }
    switch errno {
    case .noSuchFileOrDirectory where detail == .noInterpreter: return .notExecutable
    case .noSuchFileOrDirectory, .notDirectory: return .notFound
    default: return .notExecutable
    }
  }
}

extension HintFacts {
  /// About a step that has just failed on this host.
  init(
    of operation: Operation, earlier: [Operation] = [], detail: Report.Detail = .none, head: [UInt8] = [], on host: Sandbox.Host
  ) {
    self.init(of: operation, earlier: earlier, detail: detail, head: head, isRoot: host.isPrivileged, uid: host.uid)
  }

  /// The same, of a process that is no host of jails.
  init(
    of operation: Operation, earlier: [Operation] = [], detail: Report.Detail = .none, head: [UInt8] = [], isRoot: Bool,
    uid: UInt32
  ) {
    self.init(
      operation: operation, earlier: earlier, detail: detail, head: head, isRoot: isRoot, uid: uid,
      isFiltered: HostPath.isFiltered, isChrooted: HostPath.isChrooted, profile: HostPath.profile,
      coversOfProc: HostPath.mountPoints(below: "/proc").filter { !Self.isHarmlessCover($0) },
      sysctl: { HostPath.sysctl($0) })
  }

  /// The kernel keeps this directory empty for what is mounted there: a cover of it hides nothing.
  private static func isHarmlessCover(_ path: String) -> Bool { path == "/proc/sys/fs/binfmt_misc" }
}
