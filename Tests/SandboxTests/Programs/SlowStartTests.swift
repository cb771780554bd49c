import Glibc
import Testing

@testable import Sandbox

/// Programs whose start waits for someone else: the jail is there, its program is not.
@Suite("A start that waits", .serialized) struct SlowStartTests {
  /// A directory with a program on which another jail holds a lease, as long as `body` runs.
  private func withLeasedProgram(_ body: (Sandbox) async throws -> Void) async throws {
    let directory = try TemporaryDirectory()
    #expect(chmod(directory.path, 0o777) == 0)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/w", access: .readWrite))
    let program = """
      import fcntl, shutil, signal, time
      shutil.copy("/bin/true", "/w/program")
      file = open("/w/program", "r+b")
      fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
      signal.signal(signal.SIGIO, signal.SIG_IGN)
      print("leased", flush=True)
      time.sleep(600)
      """
    let holder = try await sandbox.spawn(.init("/usr/bin/python3", arguments: ["-c", program], output: .sequence))
    var iterator = holder.standardOutput!.makeAsyncIterator()
    _ = try await iterator.next()
    try await body(sandbox)
    await holder.kill()
    // The control: once nobody holds it, it runs.
    #expect(try await sandbox.run("/w/program").isSuccess)
  }

  @Test func `can be cancelled`() async throws {
    try await withLeasedProgram { sandbox in
      let task = Task { try await sandbox.run("/w/program") }
      try await Task.sleep(for: .milliseconds(300))
      let start = ContinuousClock.now
      task.cancel()
      let error = await #expect(throws: Sandbox.Error.self) { try await task.value }
      #expect(error?.kind == .cancelled)
      #expect(ContinuousClock.now - start < .seconds(10), "the lease would be broken after 45 s")
    }
  }

  @Test func `does not outlive the host`() async throws {
    try await withLeasedProgram { sandbox in
      let path = sandbox.filesystem.mounts.last.flatMap { if case .bind(let bind) = $0.kind { bind.source } else { nil } }!
      let pids: String = "\(path)/pids"
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, pids = pids as String] in
        var sandbox = Sandbox()
        sandbox.filesystem.mounts.append(.bind(path, at: "/w", access: .readWrite))
        let waiting = Task { [sandbox] in try await sandbox.run("/w/program") }
        try await Task.sleep(for: .milliseconds(300))
        try Text.write(Leftovers.now().children.joined(separator: "\n"), to: pids)
        withExtendedLifetime(waiting) { _ = kill(getpid(), SIGKILL) }
      }
      let left = lines(try Text.of(pids))
      #expect(!left.isEmpty)
      for pid in left {
        for _ in 0..<250 where Leftovers.names(in: "/proc").contains(pid) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(!Leftovers.names(in: "/proc").contains(pid))
      }
    }
  }
}
