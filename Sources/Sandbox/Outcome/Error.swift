internal import SandboxKernel
public import SandboxPlanning
internal import SystemPackage

extension Sandbox {
  /// Why there is no outcome. Nothing of the jail is left when it is thrown.
  public struct Error: Swift.Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public enum Kind: String, Sendable, Hashable {
      /// The policy or the command is wrong, or this host cannot do what it asks; found before anything was done.
      case invalid
      /// A step of making the jail failed. The program has not run.
      case setup
      /// There is no such program in the jail.
      case notFound
      /// The kernel does not run the program: it is no program, or may not be executed.
      case notExecutable
      /// A system call of the host's process failed: no descriptor, process or memory was to be had.
      case host
      /// A prepared sandbox was used after its end, or its launcher was killed; or a jail was to run a further program after
      /// its end.
      case ended
      /// The calling task was cancelled; the jail has been killed.
      case cancelled
      /// The sequence that was the program's input threw; the jail has been killed.
      case inputFailed
      /// The program does not read its input any more.
      case inputClosed
    }

    /// A step that failed.
    public struct FailedStep: Sendable, Hashable {
      /// Its number in the plan.
      public let index: Int
      /// What was to be done, as the plan prints it.
      public let operation: String
      /// Which process was to do it.
      public let stage: Stage
    }

    /// What kind of thing went wrong.
    public let kind: Kind
    /// Everything that is wrong with a policy or a command, all at once.
    public let problems: [Problem]
    /// The step that failed, where it was one of a plan.
    public let step: FailedStep?
    /// The system call that failed, `open_tree`.
    public let call: String?
    /// The kernel's answer, as a number: errno(3).
    public let errno: Int32?
    /// What of the host is in the way; nil where it is not the host, or not known.
    public let cause: HostCause?

    init(
      _ kind: Kind, problems: [Problem], step: FailedStep? = nil, call: String? = nil, errno: Int32? = nil,
      cause: HostCause? = nil
    ) {
      self.kind = kind
      self.problems = problems
      self.step = step
      self.call = call
      self.errno = errno
      self.cause = cause
    }

    static func invalid(_ problems: [Problem]) -> Error { Error(.invalid, problems: problems) }

    static let cancelled = Error(
      .cancelled, problems: [Problem("", "the task was cancelled, and the jail with it")])

    static let jailEnded = Error(
      .ended, problems: [Problem("", "the jail has ended: no further program can run in it", hint: "spawn a new one")])

    /// An init that is there, but not to be seen.
    static func unseen(_ pid: CInt, _ error: SystemCallError) -> Error {
      guard error.call == "open", [.noSuchFileOrDirectory, .notPermitted].contains(error.errno) else { return Error(error) }
      let isHidden = HostPath.status("/proc/\(pid)", followed: false) == nil
      return Error(
        .host,
        problems: [
          Problem(
            "", error.description,
            hint: isHidden
              ? "this process's /proc hides the jail's init (hidepid): mount it with gid= and a group of this process, or without "
                + "hidepid" : "the jail's program is found by /proc/PID/task/PID/children: the kernel needs CONFIG_PROC_CHILDREN")
        ], call: error.call, errno: error.errno.rawValue, cause: isHidden ? .missingProc : .kernel)
    }

    static let inputClosed = Error(
      .inputClosed, problems: [Problem("command.input", "the program does not read its input any more")])

    /// A line a problem, its hint in a line of its own:
    ///
    ///     filesystem.mounts[2]: open_tree("/srv/models"): ENOENT (no such file or directory)
    ///       hint: the source does not exist on the host; …
    public var description: String {
      problems.map { problem in
        let path = problem.path.description
        return (path.isEmpty ? "" : "\(path): ") + problem.message + (problem.hint.map { "\n  hint: \($0)" } ?? "")
      }.joined(separator: "\n")
    }
  }
}
