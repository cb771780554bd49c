internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

extension Sandbox {
  /// Jails this process: everything that the policy says, on every thread that there is, also those of Dispatch and of Swift's
  /// concurrency, and those that are being started at this moment.
  ///
  /// ```swift
  /// let listener = try listen(on: 80)
  /// try Sandbox.worker(root: "/srv/empty", user: "www-data").enter(keeping: [listener])
  /// ```
  ///
  /// First every other thread is made to stand still, by the signal that the C library keeps for itself; then each does what is
  /// a thread's own, is looked at through /proc/self/task, and goes on. It takes about two milliseconds, and less than half of one more for each thread.
  /// Calls that signal(7) does not restart (epoll_wait, poll, nanosleep, sem_timedwait) end early, or with EINTR, on the others.
  ///
  /// There is no way back. A second, narrower policy can be entered later: it only tightens.
  ///
  /// Not supported: from a signal handler, or from an atexit(3) handler.
  ///
  /// What it does not protect against: what the process has in memory already, which stays with it, also mapped memory of devices
  /// and of perf_event_open(2); what its kept descriptors lead to, and what is on its way in kept sockets; processes that share
  /// memory, descriptors (CLONE_FILES), or root and working directory (CLONE_FS) with it; and whoever traces it already.
  ///
  /// - Parameter kept: the descriptors that stay open beside 0, 1 and 2.
  /// - Returns: each part that is enforced, and how that was verified; and what stays open, user 0 and supplementary groups
  ///   among it.
  /// - Throws: ``Error`` of kind `invalid` with everything that is wrong, `host` where a thread cannot be made to stand still, or
  ///   has an io_uring, descriptors, a root or securebits of its own, `setup` where the first step failed: nothing has changed
  ///   then. A failure after the first change writes what failed to standard error and ends the process with status 125, since
  ///   half a jail is none.
  @discardableResult
  public func enter(keeping kept: KeptDescriptors = .standardStreams) throws(Sandbox.Error) -> Enforcement {
    try EntryRecord.claiming { () throws(Sandbox.Error) in try enterAlone(keeping: kept) }
  }

  private func enterAlone(keeping kept: KeptDescriptors) throws(Sandbox.Error) -> Enforcement {
    let state = try EntryState.current()
    let plan = try entryPlan(keeping: kept, in: state)
    let entrance = carryOut(plan, in: state)
    if let refusal = entrance.refusal { throw Self.error(refusal, entrance, in: plan, of: state) }
    let ringsWereUnseen = entrance.ringsWereUnseen || !state.hasProc
    defer { EntryRecord.note(umask: credentials.umask, makesNoRing: filter == .standard, ringsWereUnseen: ringsWereUnseen) }
    return entryEnforcement(
      keeping: kept, in: state, waiters: entrance.waiters, ringsWereUnseen: ringsWereUnseen,
      verified: Self.verified(plan, entrance))
  }

  static let isEntering = Sandbox.Error(
    .host,
    problems: [
      Problem(
        "", "nothing has changed: another thread of this process is entering at this moment", hint: "enter once, from one thread")
    ])

  func carryOut(_ plan: Plan, in state: EntryState) -> Entrance { carryOut(PlanEncoder(plan), in: state) }

  /// - Parameter encoder: of the plan, in which a step may be made to fail.
  func carryOut(_ encoder: PlanEncoder, in state: EntryState) -> Entrance {
    var options: Entrance.Options = []
    if !state.hasProc { options.insert(.withoutProc) }
    if changesRoot { options.insert(.changesRoot) }
    if !namespaces.own.isDisjoint(with: [.user, .mount, .time]) { options.insert(.alone) }
    return Entrance(carryingOut: encoder, options: options, hints: Self.lastHints(of: encoder.variant.plan, in: state))
  }

  /// For each errno and each detail that the table of hints knows of execve(2); what names an interpreter takes what is in the file.
  private static func lastHints(of plan: Plan, in state: EntryState) -> [Entrance.LastHint] {
    guard let step = plan.steps.last, case .execute = step.operation else { return [] }
    let details: [Report.Detail] = [.none, .isDirectory, .notRegular]
    return details.flatMap { detail in
      (1...133 as ClosedRange<CInt>).compactMap { errno in
        let facts = HintFacts(
          of: step.operation, earlier: plan.steps.dropLast().map(\.operation), detail: detail, isRoot: state.user == 0,
          uid: state.user ?? .max)
        let text = advice(facts, call: "execve", errno: Errno(rawValue: errno))?.text
        return text.map { Entrance.LastHint(errno: errno, detail: detail, text: $0) }
      }
    }
  }

  static func error(_ refusal: Entrance.Refusal, _ entrance: Entrance, in plan: Plan, of state: EntryState) -> Sandbox.Error {
    func host(_ message: String, hint: String, at path: PolicyPath = "") -> Sandbox.Error {
      Sandbox.Error(
        .host, problems: [Problem(path, "nothing has changed: \(message)", hint: hint)],
        errno: entrance.errno == 0 ? nil : entrance.errno)
    }
    let errno = Errno(rawValue: entrance.errno)
    let thread = "thread \(entrance.thread)"
    switch refusal {
    case .busy: return isEntering
    case .malformedPlan: return host("the plan is malformed", hint: "run a version of one make")
    case .noMemory: return host("there is no memory to prepare it in: \(errno.name)", hint: "raise ulimit -v")
    case .noProc:
      return host(
        "/proc cannot be read, and each thread is found and looked at through it: \(errno.name)",
        hint: "mount -t proc proc /proc")
    case .foreignProc:
      return host(
        "/proc is no procfs of this process's pid namespace, and shows other threads", hint: "mount -t proc proc /proc")
    case .signal:
      return host(
        "signal \(EntrySignal.number) cannot be taken, or not be sent to \(thread): \(errno.name)",
        hint: "run it without the system call filter that forbids it")
    case .kernelThread:
      return host(
        "\(thread) is the kernel's own, of an io_uring or a vhost, and would keep the rights of now",
        hint: "close what it belongs to before entering")
    case .masked:
      return host(
        "\(thread) blocks signal \(EntrySignal.number), which the C library keeps for itself",
        hint: "enter before it begins, or leave that signal unblocked in it")
    case .silent:
      guard entrance.thread != 0 else {
        return host("threads began faster than they could be made to stand still", hint: "enter while fewer are started")
      }
      return host("\(thread) did not answer in time", hint: "enter while none waits in a call that cannot be interrupted")
    case .tooManyThreads: return host("there are more than 16,384 threads", hint: "enter before they begin")
    case .unshared:
      return host(
        "\(thread) has descriptors, or a root and a working directory, of its own (unshare(2))",
        hint: "enter before it does that")
    case .ring:
      return host(
        "descriptor \(entrance.descriptor) is an io_uring, by which the kernel acts with the rights of before",
        hint: "close it before entering", at: "descriptors")
    case .registeredRing:
      return host(
        "\(thread) has registered an io_uring, which needs no descriptor, and by which the kernel acts with the rights of before",
        hint: "end that thread, or unregister the ring (IORING_UNREGISTER_RING_FDS), before entering", at: "descriptors")
    case .mappedRing:
      return host(
        "an io_uring is mapped, which needs no descriptor, and goes on with what it was told before",
        hint: "unmap it before entering", at: "descriptors")
    case .fullQueue:
      return host(
        "\(thread) cannot be asked to stand still, since the user's queue of signals is full: EAGAIN",
        hint: "raise ulimit -i, or end what has queued them")
    case .secureBits:
      return host(
        "\(thread) has other securebits than this one, and some of them would be lost, or not be had",
        hint: "set them before the first thread begins", at: "capabilities.secureBits")
    case .directory:
      return host(
        "descriptor \(entrance.descriptor) "
          + (entrance.errno == 0 ? "is a directory" : "does not tell what it is (\(errno.name)): it may be a directory")
          + ", and would lead out of the new root",
        hint: "close it, or do not keep it", at: "descriptors")
    case .threaded:
      return host(
        "\(thread) is another one, and the policy takes a process of one thread",
        hint: "enter before the first await, or by Sandbox.worker(root:user:keeping:)", at: "namespaces")
    case .step: return failedStep(entrance, in: plan, of: state)
    }
  }

  private static func failedStep(_ entrance: Entrance, in plan: Plan, of state: EntryState) -> Sandbox.Error {
    let step = plan.steps[entrance.step]
    let errno = Errno(rawValue: entrance.errno)
    let call = systemCallName(entrance.call)
    let named = call.map { "\($0)(\(step.operation.subject))" } ?? step.operation.description
    let facts = HintFacts(
      of: step.operation, earlier: plan.steps[..<entrance.step].map(\.operation), isRoot: state.user == 0,
      uid: state.user ?? .max)
    let advice = advice(facts, call: call, errno: errno)
    return Sandbox.Error(
      .setup,
      problems: [
        Problem(step.origin, "nothing has changed: \(named): \(errno.name) (\(errno.meaning))", hint: advice?.text)
      ],
      step: .init(index: entrance.step, operation: step.operation.description, stage: step.stage), call: call,
      errno: entrance.errno, cause: advice?.cause)
  }
}
