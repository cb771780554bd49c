import Glibc
import Testing

@testable import Sandbox
@testable import SandboxPlanning

/// The mount namespace of a prepared sandbox's next jail, and its file systems: made ahead once, for one.
@Suite("Mounts made ahead", .serialized) struct MountsAheadTests {
  /// Whether a jail came by what its launcher had made; else it has made its own.
  private func wasAhead(_ outcome: Sandbox.Outcome) -> Bool {
    #expect(outcome.steps.contains { $0.operation.hasPrefix("take-mounts") })
    let own = outcome.steps.filter { $0.operation.hasPrefix("enter-mounts") || $0.operation.contains("= tmpfs") }
    #expect(own.isEmpty || own.count > 2, "all of it or nothing: \(own)")
    return own.isEmpty
  }

  /// Until one that was made ahead is found: its launcher may not have had the time.
  private func runWithMountsAhead(_ prepared: Sandbox.Prepared, _ command: Sandbox.Command) async throws -> Sandbox.Outcome {
    for _ in 0..<100 {
      try await Task.sleep(for: .milliseconds(30))
      let outcome = try await prepared.run(command)
      if wasAhead(outcome) { return outcome }
    }
    throw Unjailed.Failure(errno: ETIMEDOUT)
  }

  private static let look = """
    import os
    print(os.readlink("/proc/self/ns/mnt"), *[os.stat(p).st_dev for p in ("/tmp", "/dev/shm", "/dev/pts")])
    print(sorted(os.listdir("/tmp")), sorted(os.listdir("/dev/shm")), sorted(os.listdir("/dev/pts")))
    open("/tmp/left", "w").write("x"); open("/dev/shm/left", "w").write("x"); os.openpty()
    print(sorted(os.listdir("/tmp")), sorted(os.listdir("/dev/shm")), len(os.listdir("/dev/pts")))
    """

  @Test func `what was made ahead is one jail's, and empty`() async throws {
    let prepared = try await Sandbox().prepare()
    let command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", Self.look])
    var ahead = 0
    // With and without time for it.
    for round in 0..<8 {
      let outcome = round % 2 == 0 ? try await runWithMountsAhead(prepared, command) : try await prepared.run(command)
      if wasAhead(outcome) { ahead += 1 }
      let seen = lines(outcome.standardOutput)
      #expect(seen.dropFirst() == ["[] [] ['ptmx']", "['left'] ['left'] 2"], "\(outcome.standardError)")
    }
    #expect(ahead >= 4)
    await prepared.end()
  }

  @Test func `jails that live at once share none of it, made ahead or not`() async throws {
    let prepared = try await Sandbox().prepare()
    var processes: [Sandbox.Process] = []
    var seen: [[Substring]] = []
    for round in 0..<6 {
      if round % 2 == 0 { try await Task.sleep(for: .milliseconds(40)) }
      let process = try await prepared.spawn(
        .init("/usr/bin/python3", arguments: ["-u", "-c", Self.look + "\nimport time; time.sleep(600)"], output: .sequence))
      processes.append(process)
      var text = ""
      for try await chunk in process.standardOutput! {
        text += String(decoding: chunk, as: UTF8.self)
        if lines(text).count == 3, text.hasSuffix("\n") { break }
      }
      #expect(lines(text).dropFirst().first == "[] [] ['ptmx']")
      seen.append(lines(text)[0].split(separator: " "))
    }
    for column in 0..<4 { #expect(Set(seen.map { $0[column] }).count == 6, "\(seen.map { $0[column] })") }
    for process in processes { await process.kill() }
    await prepared.end()
  }

  private static let mounts = """
    import os
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        dash = fields.index("-")
        print(fields[3], fields[4], fields[5], fields[6:dash], fields[dash + 1:])
    for start in ("/run", "/dev"):
        for top, directories, files in os.walk(start):
            if top == "/run/inner/share": directories.clear()
            # (The root of queues is its ipc namespace's, older than the jail's maps where one is made alone.)
            print(top, oct(os.stat(top).st_mode), top == "/dev/mqueue" or os.stat(top).st_uid, sorted(files))
    """

  /// What belongs to a jail's processes lies among what is made ahead, and the other way round; some of it is covered.
  @Test func `what can be made ahead and what cannot make the same root as in one jail alone`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.removeAll { $0 == .devices }
    sandbox.filesystem.mounts += [
      .tmpfs(at: "/dev"), .messageQueues, .tmpfs(at: "/run", size: .mebibytes(3)), .directory(at: "/run/dir"),
      .file(at: "/run/masked", text: "secret\n"),
      .masked("/run/masked"), .tmpfs(at: "/run/inner"),
      .bind("/usr/share", at: "/run/inner/share"), .readOnly("/run/inner"), .symlink(at: "/run/link", to: "dir"),
      .masked("/run/inner/share/zoneinfo"), .tmpfs(at: "/run/after"),
    ]
    let own = try await sandbox.run("/usr/bin/python3", arguments: ["-c", Self.mounts])
    #expect(own.isSuccess && own.standardOutput.contains("/run/inner/share"), "\(own.standardError)")
    let prepared = try await sandbox.prepare()
    let command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", Self.mounts])
    for outcome in [try await runWithMountsAhead(prepared, command), try await prepared.run(command)] {
      #expect(Set(lines(outcome.standardOutput)).symmetricDifference(lines(own.standardOutput)) == [])
    }
    await prepared.end()
  }

  @Test func `one that is killed while it makes the next leaves nothing`() async throws {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      for delay in 0..<30 {
        let prepared = try await Sandbox().prepare()
        let launcher = await prepared.launcher!.pid
        holds(try await prepared.run("/bin/true").isSuccess)
        // It begins 1 ms after that, and takes about another.
        try await Task.sleep(for: .microseconds(500 + 75 * delay))
        kill(launcher, SIGKILL)
        await prepared.end()
      }
      try await Leftovers.expect(before)
    }
  }

  /// A policy with more file systems than a launcher may have descriptors, for a while. (Not fewer: those that this user's other
  /// processes have on their way count as well.)
  @Test func `what cannot be made ahead is the next jail's to make, and its error`() async throws {
    var sandbox = Sandbox()
    for number in 0..<300 { sandbox.filesystem.mounts.append(.tmpfs(at: "/tmp/\(number)")) }
    let prepared = try await sandbox.prepare()
    let command = Sandbox.Command("/bin/true", output: .discarded, error: .discarded)
    _ = try await runWithMountsAhead(prepared, command)
    try await Task.sleep(for: .milliseconds(50))
    let launcher = await prepared.launcher!.pid
    func limit(to count: rlim_t) throws {
      _ = try Unjailed.run("/usr/bin/prlimit", ["--pid", "\(launcher)", "--nofile=\(count):"])
    }
    try limit(to: 250)
    // The first still finds what was made before.
    #expect(try await prepared.run(command).isSuccess)
    try await Task.sleep(for: .milliseconds(50))
    for _ in 0..<2 {
      let error = await #expect(throws: Sandbox.Error.self) { try await prepared.run(command) }
      #expect(error?.errno == EMFILE && error?.step?.stage == .jail, "\(String(describing: error))")
      #expect(error?.problems.first?.path.description.hasPrefix("filesystem.mounts[") == true, "\(String(describing: error))")
    }
    // It has raised its own to this.
    try limit(to: Unjailed.limit(Int(RLIMIT_NOFILE.rawValue)).rlim_max)
    #expect(try await prepared.run(command).isSuccess, "it has made its own")
    _ = try await runWithMountsAhead(prepared, command)
    await prepared.end()
  }

  @Test(.requires(.root)) func `its launcher keeps neither descriptors nor mounts of jails that are gone`() async throws {
    let prepared = try await Sandbox().prepare()
    let launcher = await prepared.launcher!.pid
    func kept() throws -> [Int] {
      [Leftovers.names(in: "/proc/\(launcher)/fd").count, lines(try Text.of("/proc/\(launcher)/mountinfo")).count]
    }
    func settled(at wanted: [Int]) async throws -> [Int] {
      _ = try await prepared.run("/bin/true")
      for _ in 0..<200 where try kept() != wanted { try await Task.sleep(for: .milliseconds(20)) }
      return try kept()
    }
    let before = try kept()
    #expect(before[0] > 5 && before[1] > 5)
    for _ in 0..<20 { _ = try await prepared.run("/bin/true") }
    var command = Sandbox.Command("/bin/true")
    command.terminal = .init(rows: 1, columns: 1)
    for _ in 0..<3 { _ = try await prepared.run(command) }
    _ = try? await prepared.run("/no/such/program")
    let living = try await prepared.spawn(.init("/bin/sleep", arguments: ["600"]))
    let beside = try await settled(at: before)
    #expect(beside == before)
    await living.kill()
    let after = try await settled(at: before)
    #expect(after == before)
    await prepared.end()
  }

  @Test func `a step that is to fail is not left out`() async throws {
    let prepared = try await Sandbox().prepare()
    let command = Sandbox.Command("/bin/true")
    let plan = try prepared.plan(for: command)
    let index = try #require(plan.steps.firstIndex { $0.operation.name == "enter-mounts" })
    _ = try await runWithMountsAhead(prepared, command)
    try await Task.sleep(for: .milliseconds(50))
    var encoder = PlanEncoder(plan)
    encoder.fail(step: index, with: ENOSPC)
    let error = await #expect(throws: Sandbox.Error.self) {
      try await prepared.sandbox.spawn(command, encoder, on: prepared.host, by: .parked(prepared.launcher!)).wait()
    }
    #expect(error?.step?.index == index && error?.errno == ENOSPC)
    await prepared.end()
  }
}
