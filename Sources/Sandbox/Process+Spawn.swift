internal import SandboxPlanning

extension Sandbox.Process {
  /// Starts a further program in the same jail, beside the one that this is.
  ///
  /// A terminal of its own is one of the jail's devpts.
  ///
  /// It joins the jail's namespaces: setns(2) by the pidfd of the jail's program (Linux 5.8). It has the policy's credentials,
  /// capabilities, limits and filter, a session of its own, and descriptors, streams and a deadline of its own. It ends with
  /// its jail; its own end, and the release of its handle, end only itself: what it has started lives on in the jail, as
  /// orphans of the jail's init.
  ///
  /// Its result is its own ``Sandbox/Process``, whose ``wait()`` tells of this program alone. ``processIdentifier`` is that of
  /// its supervisor, which lives outside of the jail's pid namespace.
  ///
  /// The processes of the jail cannot see who starts it; they can signal the new process, as any of theirs, also in the moment
  /// before its program runs, which then is an error of kind `setup`. They cannot trace it before it runs.
  ///
  /// - Throws: ``Sandbox/Error``: `ended` where the jail has; else as ``Sandbox/spawn(_:)``, and `invalid` for a command
  ///   with namespaces; `setup` with EPERM where the jail's program has made itself undumpable (prctl(2),
  ///   PR_SET_DUMPABLE), or may not be read by its user.
  public func spawn(_ command: Sandbox.Command) async throws(Sandbox.Error) -> Sandbox.Process {
    if Task.isCancelled { throw .cancelled }
    let host = jail.host
    let plan = try sandbox.joiningPlan(for: command, on: host)
    // The jail of the process that is asked, or of the one beside which that was started.
    return try await sandbox.spawn(command, PlanEncoder(plan), on: host, by: .joining, in: await jail.living)
  }

  /// Runs a further program in the same jail to its end, and collects what it writes; as ``spawn(_:)``. Cancelling the calling
  /// task ends this program, not the jail.
  ///
  /// - Throws: ``Sandbox/Error``, as ``spawn(_:)``, and `cancelled`. A program that runs and fails does not throw.
  public func run(_ command: Sandbox.Command) async throws(Sandbox.Error) -> Sandbox.Outcome {
    try await spawn(command).wait()
  }
}
