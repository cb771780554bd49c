import Glibc
import Testing

@testable import Sandbox
@testable import SandboxPlanning

/// The launcher of a prepared sandbox: how it ends, and what then becomes of whom.
@Suite("The life of a launcher", .serialized) struct LauncherLifeTests {
  private func isAlive(_ pid: Int32) -> Bool { (try? Text.of("/proc/\(pid)/stat")) != nil }

  private func expectGone(_ pid: Int32) async throws {
    for _ in 0..<200 where isAlive(pid) { try await Task.sleep(for: .milliseconds(20)) }
    #expect(!isAlive(pid))
  }

  @Test func `after its end a spawn is an error by name, and its jails live on`() async throws {
    let prepared = try await Sandbox().prepare()
    let process = try await prepared.spawn(.init("/bin/bash", arguments: ["-c", "read line; exit 5"], input: .writer))
    let launcher = await prepared.launcher!.pid
    #expect(isAlive(launcher))
    await prepared.end()
    #expect(!isAlive(launcher))
    let error = await #expect(throws: Sandbox.Error.self) { try await prepared.run("/bin/true") }
    #expect(error?.kind == .ended)
    try await process.standardInput!.write("x\n")
    #expect(try await process.wait().terminationStatus == .exited(5))
  }

  @Test func `one that was stopped ends all the same`() async throws {
    let prepared = try await Sandbox().prepare()
    let launcher = await prepared.launcher!.pid
    #expect(kill(launcher, SIGSTOP) == 0)
    await prepared.end()
    #expect(!isAlive(launcher))
  }

  @Test func `it ends when the sandbox is released`() async throws {
    var prepared: Sandbox.Prepared? = try await Sandbox().prepare()
    let launcher = await prepared!.launcher!.pid
    #expect(isAlive(launcher))
    prepared = nil
    try await expectGone(launcher)
  }

  @Test func `one that was killed is an error by name`() async throws {
    let prepared = try await Sandbox().prepare()
    #expect(try await prepared.run("/bin/true").isSuccess)
    let launcher = await prepared.launcher!.pid
    #expect(kill(launcher, SIGKILL) == 0)
    // Whether this one is still taken or not: an outcome, or the error.
    let error = await #expect(throws: Sandbox.Error.self) {
      for _ in 0..<100 { _ = try await prepared.run("/bin/true") }
    }
    #expect(error?.kind == .ended)
    #expect(error?.description.contains("killed") == true, "\(String(describing: error))")
    try await expectGone(launcher)
  }

  @Test func `one that is killed at any moment leaves nothing, and no spawn hangs`() async throws {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      for delay in 0..<30 {
        let prepared = try await Sandbox().prepare()
        let launcher = await prepared.launcher!.pid
        let tasks = (0..<8).map { _ in Task { try await prepared.run("/bin/true") } }
        try await Task.sleep(for: .microseconds(150 * delay))
        kill(launcher, SIGKILL)
        for task in tasks {
          switch await task.result {
          case .success(let outcome): precondition(outcome.isSuccess)
          case .failure(let error): precondition((error as? Sandbox.Error)?.kind == .ended, "\(error)")
          }
        }
      }
      try await Leftovers.expect(before)
    }
  }

  @Test func `cancelled at any moment, nothing is left`() async throws {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      for delay in 0..<30 {
        let task = Task { try await Sandbox().prepare() }
        try await Task.sleep(for: .microseconds(150 * delay))
        task.cancel()
        if case .failure(let error) = await task.result {
          precondition((error as? Sandbox.Error)?.kind == .cancelled, "\(error)")
        }
      }
      let prepared = try await Sandbox().prepare()
      for delay in 0..<40 {
        let task = Task { try await prepared.run("/bin/sleep", arguments: ["600"]) }
        try await Task.sleep(for: .microseconds(100 * delay))
        task.cancel()
        guard case .failure(let error) = await task.result else { preconditionFailure("it was cancelled") }
        precondition((error as? Sandbox.Error)?.kind == .cancelled, "\(error)")
      }
      await prepared.end()
      try await Leftovers.expect(before)
    }
  }

  /// More requests than are sent to it at once, while it cannot answer, and more than a user may have descriptors on their way.
  @Test func `one that is behind is waited for, and one who gives up does not end it for the others`() async throws {
    let prepared = try await Sandbox().prepare()
    let launcher = await prepared.launcher!.pid
    #expect(try await prepared.run("/bin/true").isSuccess)
    #expect(kill(launcher, SIGSTOP) == 0)
    let command = Sandbox.Command("/bin/true", output: .discarded, error: .discarded)
    let tasks = (0..<100).map { _ in Task { try await prepared.run(command) } }
    try await Task.sleep(for: .seconds(1))
    // One whose request has been sent, or not: each is told that it was cancelled, the others of nothing.
    for index in [0, 99] { tasks[index].cancel() }
    try await Task.sleep(for: .milliseconds(200))
    #expect(kill(launcher, SIGCONT) == 0)
    for (index, task) in tasks.enumerated() {
      switch await task.result {
      case .success(let outcome): #expect(outcome.isSuccess && ![0, 99].contains(index))
      case .failure(let error):
        #expect((error as? Sandbox.Error)?.kind == .cancelled && [0, 99].contains(index), "the \(index)th: \(error)")
      }
    }
    #expect(isAlive(launcher))
    #expect(try await prepared.run("/bin/true").isSuccess)
  }

  @Test func `one that answers nobody any more is ended by who gives up`() async throws {
    let prepared = try await Sandbox().prepare()
    let launcher = await prepared.launcher!.pid
    #expect(kill(launcher, SIGSTOP) == 0)
    let task = Task { try await prepared.run("/bin/true") }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    let error = await #expect(throws: Sandbox.Error.self) { try await task.value }
    #expect(error?.kind == .cancelled)
    try await expectGone(launcher)
  }

  @Test func `a host that is killed takes launcher and jails with it`() async throws {
    let directory = try TemporaryDirectory()
    let path: String = "\(directory.path)/pids"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let prepared = try await Sandbox().prepare()
      var held: [Sandbox.Process] = []
      for _ in 0..<3 {
        held.append(try await prepared.spawn(.init("/bin/bash", arguments: ["-c", "trap '' TERM HUP; sleep 600 & wait"])))
      }
      let pids = held.map(\.processIdentifier) + [await prepared.launcher!.pid]
      try Text.write(pids.map(String.init).joined(separator: "\n"), to: path)
      kill(getpid(), SIGKILL)
    }
    let pids = lines(try Text.of(path)).compactMap { Int32($0) }
    #expect(pids.count == 4)
    for pid in pids { try await expectGone(pid) }
  }

  /// The files behind a process's descriptors.
  private static func opened(by pid: Int32) throws -> [String] {
    lines(try Unjailed.run("/usr/bin/find", ["/proc/\(pid)/fd", "-type", "l", "-printf", "%l\\n"]).output)
  }

  @Test(.requires(.root)) func `neither it nor an init has anything of the host's open`() async throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("careless", "")
    // One that is not close-on-exec, as careless hosts have.
    let careless = open(file, O_RDONLY)
    defer { close(careless) }
    let prepared = try await Sandbox().prepare()
    #expect(try Self.opened(by: Int32(getpid())).contains(file), "the control")
    let command = Sandbox.Command("/bin/sleep", arguments: ["600"])
    for process in [try await prepared.spawn(command), try await Sandbox().spawn(command)] {
      let ofInit = try Self.opened(by: process.processIdentifier)
      // The host's pidfd, its signals, and the claim on the payload's id: no file, and no end of a pipe that someone waits for.
      #expect(ofInit.count == 3 && !ofInit.contains { $0.hasPrefix("/") || $0.hasPrefix("pipe:") }, "\(ofInit)")
      await process.kill()
    }
    let ofLauncher = try Self.opened(by: await prepared.launcher!.pid)
    #expect(ofLauncher.count > 3 && !ofLauncher.contains(file), "\(ofLauncher)")
    await prepared.end()
  }

  /// As many as its own limit lets it, which is more than the host's soft one; they are counted for all of its user's.
  @Test func `what a jail has on its way through sockets keeps no other from being made`() async throws {
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      limit.rlim_cur = 256
      precondition(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      let program = """
        import array, socket, time
        a, b = socket.socketpair()
        for _ in range(4): a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 200))])
        print("sent", flush=True); time.sleep(600)
        """
      var sandbox = Sandbox()
      sandbox.limits.openFiles = 1024
      // As root the launcher of one jail is root, of whom nothing is counted; that of a prepared sandbox is not.
      let prepared = geteuid() == 0 ? try await sandbox.prepare() : nil
      let command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", program], output: .sequence)
      let jail = if let prepared { try await prepared.spawn(command) } else { try await sandbox.spawn(command) }
      var iterator = jail.standardOutput!.makeAsyncIterator()
      let said = try await iterator.next().map { String(decoding: $0, as: UTF8.self) }
      precondition(said == "sent\n", said ?? "nothing")
      for _ in 0..<3 {
        let outcome = if let prepared { try await prepared.run("/bin/true") } else { try await sandbox.run("/bin/true") }
        precondition(outcome.isSuccess, "\(outcome)")
      }
      if prepared == nil {
        // The control: without its step the launcher has the host's limit.
        let next = Sandbox.Command("/bin/true"), host = try sandbox.host()
        var plan = try sandbox.planned(for: next, on: host)
        plan.steps.removeAll { $0.operation == .raiseOpenFiles }
        do throws(Sandbox.Error) {
          _ = try await sandbox.spawn(next, PlanEncoder(plan), on: host, by: .own).wait()
          preconditionFailure("there is no room for its pidfd")
        } catch {
          precondition(error.errno == ETOOMANYREFS, "\(error)")
        }
      }
      await jail.kill()
    }
  }

  @Test func `a jail can neither see nor signal it, and it is not dumpable`() async throws {
    let prepared = try await Sandbox().prepare()
    let launcher = await prepared.launcher!.pid
    let seen = try await prepared.run(
      "/bin/bash", arguments: ["-c", "ls -d /proc/[0-9]*; kill -0 \(launcher); kill -9 -1; true"])
    #expect(seen.standardOutput == "/proc/1\n/proc/2\n", "its init and the shell")
    #expect(seen.standardError.contains("No such process"))
    #expect(isAlive(launcher))
    // What is in /proc/PID belongs to root as long as the process is not dumpable.
    var status = stat()
    #expect(stat("/proc/\(launcher)/mem", &status) == 0 && status.st_uid == 0)
    #expect(try await prepared.run("/bin/true").isSuccess)
  }
}
