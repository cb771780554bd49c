internal import SandboxPlanning

extension Sandbox.Process {
  /// Starts a further program in the same jail, beside the one that this is.
  ///
  /// A terminal of its own is one of the jail's devpts.
  ///
  /// It joins the jail's namespaces: setns(2) by the pidfd of the jail's program (Linux 5.8). It has the policy's credentials,
  /// capabilities, limits and filter, a session of its own, and descriptors, streams and a deadline of its own. It ends with
  /// its jail; its own end, and the release of its handle, end only itself: what it has started lives on in the jail, as
  /// orphans of the jail's init. Where the jail shares the host's processes, nobody hands those on: then what it has started ends
  /// with it, and the jail can see its supervisor.
  ///
  /// Its result is its own ``Sandbox/Process``, whose ``wait()`` tells of this program alone. ``processIdentifier`` is that of
  /// its supervisor, which lives outside of the jail's pid namespace.
  ///
  /// The processes of the jail cannot see who starts it. They can signal the new process, as any of theirs, and lower its limits
  /// and its priority, also in the moment before its program runs; if it is killed then, that is an error of kind `setup`. They
  /// cannot trace it before it runs. From then on it is theirs as any other: they can read its environment, its descriptors and its
  /// memory, and one that traces it can keep its end from being told until the jail ends: ``Sandbox/Process/kill()`` then comes
  /// back after a second, with no status.
  ///
  /// Its enforcement names what the jail opens, and what its own command does; that is among the jail's openings, too, when its
  /// outcome tells them.
  ///
  /// It cannot make a child of its supervisor's: CLONE_PARENT is denied to it with any filter, also with none of the policy's.
  ///
  /// - Throws: ``Sandbox/Error``: `ended` where the jail has; else as ``Sandbox/spawn(_:)``, and `invalid` for a command with
  ///   namespaces, or with a descriptor that the jail can open again where the jail was not made with such a one or with a bind
  ///   that it can write; `host` where this process may not see the jail's init in /proc (`hidepid`); `setup` with EPERM where
  ///   the jail's program has made itself undumpable (prctl(2),
  ///   PR_SET_DUMPABLE), or may not be read by its user.
  public func spawn(_ command: Sandbox.Command) async throws(Sandbox.Error) -> Sandbox.Process {
    if Task.isCancelled { throw .cancelled }
    let host = jail.host
    // The jail of the process that is asked, or of the one beside which that was started.
    let living = await jail.living
    let plan = try sandbox.joiningPlan(for: command, on: host, guarded: living.guardsHostFiles)
    return try await sandbox.spawn(command, PlanEncoder(plan), on: host, by: .joining, in: living)
  }

  /// Runs a further program in the same jail to its end, and collects what it writes; as ``spawn(_:)``. Cancelling the calling
  /// task ends this program, not the jail.
  ///
  /// - Throws: ``Sandbox/Error``, as ``spawn(_:)``, and `cancelled`. A program that runs and fails does not throw.
  public func run(_ command: Sandbox.Command) async throws(Sandbox.Error) -> Sandbox.Outcome {
    try await spawn(command).wait()
  }
}
