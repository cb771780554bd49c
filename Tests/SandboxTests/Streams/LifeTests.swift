import Glibc
import Sandbox
import Testing

@Suite("The life of a jail", .serialized) struct LifeTests {
  private let sleeper = Sandbox.Command("/bin/sleep", arguments: ["600"])

  private func isAlive(_ pid: Int32) -> Bool { (try? Text.of("/proc/\(pid)/stat")) != nil }

  @Test func `cancelling the task kills the jail, and throws when it is gone`() async throws {
    let process = try await Sandbox().spawn(sleeper)
    let pid = process.processIdentifier
    #expect(isAlive(pid))
    let waiting = Task { try await process.wait() }
    try await Task.sleep(for: .milliseconds(50))
    waiting.cancel()
    let error = await #expect(throws: Sandbox.Error.self) { try await waiting.value }
    #expect(error?.kind == .cancelled)
    #expect(!isAlive(pid))
  }

  @Test func `a task that is cancelled already starts nothing`() async throws {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await Sandbox().run("/bin/true")
    }
    let error = await #expect(throws: Sandbox.Error.self) { try await task.value }
    #expect(error?.kind == .cancelled)
  }

  @Test func `releasing the process kills the jail`() async throws {
    var process: Sandbox.Process? = try await Sandbox().spawn(sleeper)
    let pid = process!.processIdentifier
    process = nil
    for _ in 0..<200 where isAlive(pid) { try await Task.sleep(for: .milliseconds(20)) }
    #expect(!isAlive(pid))
  }

  @Test func `a body that throws passes its error on, and the jail is gone`() async throws {
    struct Mine: Error, Equatable {}
    var pid: Int32 = 0
    await #expect(throws: Mine.self) {
      try await Sandbox().run(sleeper) { process in
        pid = process.processIdentifier
        throw Mine()
      }
    }
    #expect(pid > 0 && !isAlive(pid))
  }

  @Test func `a polite request, a grace period, the kill`() async throws {
    let polite = try await Sandbox().spawn(
      .init(
        "/bin/bash", arguments: ["-c", "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done"],
        output: .sequence))
    var iterator = polite.standardOutput!.makeAsyncIterator()
    _ = try await iterator.next()
    let outcome = try await polite.terminate(grace: .seconds(20))
    #expect(outcome.verdict == .finished)
    #expect(outcome.terminationStatus == .exited(3))

    let stubborn = try await Sandbox().spawn(
      .init("/bin/bash", arguments: ["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], output: .sequence))
    iterator = stubborn.standardOutput!.makeAsyncIterator()
    _ = try await iterator.next()
    let killed = try await stubborn.terminate(grace: .milliseconds(200))
    #expect(killed.verdict == .ended)
    #expect(killed.terminationStatus == .signaled(.kill))
  }

  @Test func `signals are forwarded, but those that are the init's`() async throws {
    let process = try await Sandbox().spawn(
      .init(
        "/bin/bash", arguments: ["-c", "trap 'echo one' USR1; trap 'exit 4' INT; echo ready; while :; do sleep 0.05; done"],
        output: .sequence))
    var iterator = process.standardOutput!.makeAsyncIterator()
    _ = try await iterator.next()
    #expect(try await process.send(.user1))
    #expect(try await iterator.next() == Array("one\n".utf8))
    for signal in [Sandbox.Signal.kill, .init(rawValue: 19), .init(rawValue: 0), .init(rawValue: 99)] {
      await #expect(throws: Sandbox.Error.self) { try await process.send(signal) }
    }
    #expect(try await process.send(.interrupt))
    #expect(try await process.wait().terminationStatus == .exited(4))
    #expect(try await process.send(.interrupt) == false)
  }

  @Test func `an init that is killed from outside is told as lost`() async throws {
    let process = try await Sandbox().spawn(sleeper)
    kill(process.processIdentifier, SIGKILL)
    let outcome = try await process.wait()
    #expect(outcome.verdict == .lost)
    #expect(outcome.terminationStatus == nil)
    #expect(outcome.usage.cpuTime == nil)
  }
}
