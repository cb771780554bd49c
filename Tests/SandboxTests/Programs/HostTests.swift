import Glibc
import Sandbox
import Testing

/// Hosts of every kind, each a process of its own: what they do to themselves must not disturb a jail, nor a jail them.
@Suite("Hosts") struct HostTests {
  /// A run whose outcome is known, from inside such a host.
  private static func runs() async throws {
    let outcome = try await Sandbox().run("/bin/bash", arguments: ["-c", "cat; sleep 0.05 & exit 7"], input: .string("hello"))
    precondition(outcome.standardOutput == "hello", outcome.standardOutput)
    precondition(outcome.terminationStatus == .exited(7), "\(String(describing: outcome.terminationStatus))")
    precondition(outcome.verdict == .finished)
  }

  @Test func `nothing is left in it, whatever the payload does`() async throws {
    await #expect(processExitsWith: .success) {
      try await HostTests.runs()
      let before = try await Leftovers.settled()
      for script in ["true", "exit 3", "sleep 600 & exit", "kill -9 $$", "echo x >&2"] {
        _ = try await Sandbox().run("/bin/bash", arguments: ["-c", script])
      }
      var brief = Sandbox()
      brief.deadline = .milliseconds(100)
      _ = try await brief.run("/bin/sleep", arguments: ["600"])
      _ = try? await Sandbox().run("/no/such/program")
      // Found out when half of its streams are made.
      var half = Sandbox.Command("/bin/true", input: .string("hello"))
      half.descriptors = [9: .init(.init(rawValue: 700))]
      do {
        _ = try await Sandbox().run(half)
        preconditionFailure("there is no such descriptor")
      } catch let error as Sandbox.Error {
        precondition(error.problems.map(\.path.description) == ["command.descriptors[9]"], "\(error)")
      }
      try await Leftovers.expect(before)
      // The control: what is left is seen.
      let victim = try Victim()
      precondition(Leftovers.now().children.count == before.children.count + 1)
      withExtendedLifetime(victim) {}
    }
  }

  @Test func `nothing is left when the set-up is cancelled at any moment`() async throws {
    await #expect(processExitsWith: .success) {
      try await HostTests.runs()
      let before = try await Leftovers.settled()
      for delay in 0..<60 {
        let task = Task { try await Sandbox().run("/bin/sleep", arguments: ["600"]) }
        try await Task.sleep(for: .microseconds(100 * delay))
        task.cancel()
        do {
          _ = try await task.value
          preconditionFailure("it was cancelled")
        } catch let error as Sandbox.Error {
          precondition(error.kind == .cancelled, "\(error)")
        }
      }
      try await Leftovers.expect(before)
    }
  }

  @Test func `nothing is left of many at once`() async throws {
    await #expect(processExitsWith: .success) {
      try await HostTests.runs()
      let before = try await Leftovers.settled()
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for n in 0..<64 { group.addTask { try await Sandbox().run("/bin/echo", arguments: [String(n)]).standardOutput } }
        var answers: Set<String> = []
        for try await answer in group { answers.insert(answer) }
        return answers
      }
      precondition(answers == Set((0..<64).map { "\($0)\n" }))
      try await Leftovers.expect(before)
    }
  }

  @Test func `one that ignores SIGCHLD`() async throws {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      for _ in 0..<5 { try await HostTests.runs() }
    }
  }

  @Test func `one that reaps every child it can`() async throws {
    await #expect(processExitsWith: .success) {
      var thread = pthread_t()
      let reap: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
        while true {
          var status: CInt = 0
          if waitpid(-1, &status, 0) < 0 { usleep(100) }
        }
      }
      precondition(pthread_create(&thread, nil, reap, nil) == 0)
      for _ in 0..<20 { try await HostTests.runs() }
    }
  }

  @Test func `one that blocks every signal`() async throws {
    await #expect(processExitsWith: .success) {
      var all = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_BLOCK, &all, nil)
      try await HostTests.runs()
      // And the payload's mask is empty, its dispositions the default.
      let outcome = try await Sandbox().run("/bin/grep", arguments: ["-E", "Sig(Blk|Ign)", "/proc/self/status"])
      precondition(outcome.standardOutput == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", outcome.standardOutput)
    }
  }

  @Test func `one whose process group is signalled`() async throws {
    await #expect(processExitsWith: .success) {
      setsid()
      signal(SIGINT, SIG_IGN)
      signal(SIGTERM, SIG_IGN)
      let process = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["0.5"]))
      precondition(getpgid(process.processIdentifier) != getpgrp(), "SIGSTOP would reach the init, too")
      // As a terminal's Ctrl-C does.
      kill(0, SIGINT)
      kill(0, SIGTERM)
      let outcome = try await process.wait()
      precondition(outcome.terminationStatus == .exited(0), "\(outcome.verdict)")
    }
  }

  @Test func `one that has closed its standard streams`() async throws {
    await #expect(processExitsWith: .success) {
      for number: CInt in 0...2 { close(number) }
      try await HostTests.runs()
    }
  }

  @Test func `one that is killed takes its jails with it`() async throws {
    let directory = try TemporaryDirectory()
    let path: String = "\(directory.path)/pids"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      var held: [Sandbox.Process] = []
      for _ in 0..<3 {
        held.append(try await Sandbox().spawn(.init("/bin/bash", arguments: ["-c", "trap '' TERM HUP; sleep 600 & wait"])))
      }
      try await Task.sleep(for: .milliseconds(100))
      let pids = held.flatMap { process in
        [process.processIdentifier] + [CredentialTests.child(of: process.processIdentifier)].compactMap(\.self)
      }
      try Text.write(pids.map(String.init).joined(separator: "\n"), to: path)
      kill(getpid(), SIGKILL)
    }
    let pids = lines(try Text.of(path))
    #expect(pids.count == 6)
    for pid in pids {
      for _ in 0..<200 where Leftovers.names(in: "/proc").contains(pid) { try await Task.sleep(for: .milliseconds(20)) }
      #expect(!Leftovers.names(in: "/proc").contains(pid))
    }
  }
}

@Suite("A host that has closed its standard streams") struct StreamlessHostTests {
  /// What a descriptor is, `socket:[1]`; nil where it is closed.
  fileprivate static func kind(of number: CInt) -> String? {
    var link = [UInt8](repeating: 0, count: 100)
    let n = link.withUnsafeMutableBytes { readlink("/proc/self/fd/\(number)", $0.baseAddress!, $0.count) }
    return n < 0 ? nil : String(decoding: link.prefix(n), as: UTF8.self)
  }

  @Test func `gets nothing of the library's in their place`() async throws {
    await #expect(processExitsWith: .success) {
      for number: CInt in 0...2 { close(number) }
      let outcome = try await Sandbox().run("/bin/cat", input: .string("hello"))
      guard outcome.standardOutput == "hello" else { exit(10) }
      // The library makes no timer; the test's own runtime does, where it is kept waiting.
      for number: CInt in 0...2 where StreamlessHostTests.kind(of: number).map({ !$0.contains("timerfd") }) ?? false {
        exit(11 + number)
      }
      do {
        _ = try await Sandbox().run("/bin/cat", input: .inherited)
        exit(20)
      } catch let error as Sandbox.Error {
        guard error.kind == .invalid else { exit(21) }
      }
      exit(0)
    }
  }
}
