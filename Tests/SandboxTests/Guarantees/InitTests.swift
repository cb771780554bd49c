import Glibc
import Testing

@testable import Sandbox

/// What a payload may do to the init of its own jail, which has its uid: nothing that the host would notice.
@Suite("The init", .serialized) struct InitTests {
  @Test func `its limits and its scheduling are out of reach, the payload's own are not`() async throws {
    let program =
      Jailed.attempt + """
        import resource
        SYS = {"prlimit64": 302, "sched_setaffinity": 203, "setpriority": 141} if os.uname().machine == "x86_64" \\
            else {"prlimit64": 261, "sched_setaffinity": 122, "setpriority": 140}
        limit = ctypes.create_string_buffer(b"\\1" + b"\\0" * 7 + b"\\1" + b"\\0" * 7, 16)
        mask = ctypes.create_string_buffer(b"\\1" + b"\\0" * 127, 128)
        for target in (1, 0):
            print(attempt(lambda: call(SYS["prlimit64"], target, resource.RLIMIT_SIGPENDING if hasattr(resource, "RLIMIT_SIGPENDING") else 11, limit, 0)),
                  attempt(lambda: call(SYS["sched_setaffinity"], target, 128, mask)),
                  attempt(lambda: call(SYS["setpriority"], 0, target, 19)))
        """
    #expect(try await Jailed.python(program) == "EPERM EPERM EPERM\nok ok ok\n")
  }

  @Test func `nor are they as those of a user, or of a group of processes`() async throws {
    let program =
      Jailed.attempt + """
        SYS = {"setpriority": 141, "ioprio_set": 251} if os.uname().machine == "x86_64" else {"setpriority": 140, "ioprio_set": 30}
        nice = lambda: open("/proc/1/stat").read().rsplit(")", 1)[1].split()[16]
        before = nice()
        idle = 3 << 13
        print(attempt(lambda: call(SYS["setpriority"], 2, 0, 19)), attempt(lambda: call(SYS["setpriority"], 2, os.getuid(), 19)),
              attempt(lambda: call(SYS["setpriority"], 1, 1, 19)), attempt(lambda: call(SYS["ioprio_set"], 3, 0, idle)),
              attempt(lambda: call(SYS["ioprio_set"], 3, os.getuid(), idle)), attempt(lambda: call(SYS["ioprio_set"], 2, 1, idle)))
        print(attempt(lambda: call(SYS["setpriority"], 1, 0, 19)), attempt(lambda: call(SYS["ioprio_set"], 2, 0, idle)))
        print(nice() == before)
        """
    #expect(
      try await Jailed.python(program) == "EPERM EPERM EPERM EPERM EPERM EPERM\nok ok\nTrue\n", "its own group it may change")
    var unfiltered = Sandbox()
    unfiltered.filter = .off(because: "the control")
    #expect(lines(try await Jailed.python(program, in: unfiltered)).last == "False", "the control: without a filter it is slowed")
  }

  @Test func `a signal that looks like the host's is none`() async throws {
    // The payload's queue of signals is full, so that the init sees one without a sender, as of the host's.
    let program = """
      import os, signal, ctypes, time
      libc = ctypes.CDLL(None)
      signal.pthread_sigmask(signal.SIG_BLOCK, range(34, 65))
      while libc.sigqueue(os.getpid(), 35, None) == 0: pass
      for n in range(1, 65):
          if n not in (32, 33): os.kill(1, n)
      time.sleep(0.2)
      print("still here")
      """
    let outcome = try await Sandbox().run("/usr/bin/python3", arguments: ["-c", program])
    #expect(outcome.standardOutput == "still here\n", "\(outcome.verdict) \(outcome.standardError)")
    #expect(outcome.verdict == .finished)
  }

  /// Bash that keeps several processes busy with signals for their init, until the jail ends.
  private static let flood = "for i in 1 2 3 4; do (while :; do kill -34 1; kill -35 1; kill -36 1; kill -37 1; done) & done; "

  @Test func `a flood of signals hides neither a signal of the host's, nor the end`() async throws {
    let script = Self.flood + "trap 'echo caught; exit 3' USR1; echo ready; while :; do sleep 0.05; done"
    let process = try await Sandbox().spawn(.init("/bin/bash", arguments: ["-c", script], output: .sequence))
    var iterator = process.standardOutput!.makeAsyncIterator()
    _ = try await iterator.next()
    #expect(try await process.send(.user1))
    let outcome = try await process.wait()
    #expect(outcome.terminationStatus == .exited(3))

    var sandbox = Sandbox()
    sandbox.deadline = .milliseconds(300)
    let ended = try await sandbox.run("/bin/bash", arguments: ["-c", Self.flood + "wait"])
    #expect(ended.verdict == .timedOut(.wallClock))
    #expect(ended.usage.wallTime != nil, "the init has counted: it did not have to be killed")
  }

  @Test func `a flood of signals and orphans does not outlive the host`() async throws {
    let directory = try TemporaryDirectory()
    let path: String = "\(directory.path)/pids"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      // A bounded number: as many as there can be would leave other tests no process.
      let orphans = "(for i in $(seq 3000); do (true &) ; done) & "
      let process = try await Sandbox().spawn(
        .init("/bin/bash", arguments: ["-c", InitTests.flood + orphans + "wait"]))
      try await Task.sleep(for: .milliseconds(300))
      try Text.write("\(process.processIdentifier)", to: path)
      kill(getpid(), SIGKILL)
    }
    let pid = try Text.of(path)
    for _ in 0..<250 where Leftovers.names(in: "/proc").contains(pid) { try await Task.sleep(for: .milliseconds(20)) }
    #expect(!Leftovers.names(in: "/proc").contains(pid))
  }
}
