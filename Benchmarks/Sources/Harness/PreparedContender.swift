import Sandbox

/// The library, prepared.
final class PreparedContender: Contender {
  let description: Description
  private let sandbox: Sandbox
  private let network: Sandbox.Prepared.NetworkPreparation
  private let noop: String
  private var prepared: Sandbox.Prepared?
  /// The launcher's process: the child that preparing has made.
  private var launcher = ""

  init(
    _ description: Description, _ sandbox: Sandbox, network: Sandbox.Prepared.NetworkPreparation, noop: String
  ) {
    self.description = description
    self.sandbox = sandbox
    self.network = network
    self.noop = noop
  }

  func spawn() async throws -> Sample {
    let before = launcherCPU()
    var result = try await sample { try await start([]) }
    // Its clone and its next network namespace, which it makes a moment later; the jail's own time is not its.
    try await Task.sleep(for: .milliseconds(4))
    result.ahead = launcherCPU() - before
    return result
  }

  func spawnFailing() async throws -> Int { try await start(["fail"]) }

  private func start(_ arguments: [String]) async throws -> Int {
    let command = Sandbox.Command(noop, arguments: arguments, output: .discarded, error: .discarded)
    let outcome = try await ready().spawn(command).wait()
    guard case .exited(let status)? = outcome.terminationStatus else {
      throw Failure("the payload ended with \(outcome.terminationStatus.map { "\($0)" } ?? "nothing")")
    }
    return status
  }

  private func ready() async throws -> Sandbox.Prepared {
    if let prepared { return prepared }
    let before = children()
    let made = try await sandbox.prepare(network: network)
    launcher = children().subtracting(before).first ?? ""
    prepared = made
    return made
  }

  func end() async {
    await prepared?.end()
    prepared = nil
  }

  /// The time that the launcher's process has run, in nanoseconds.
  private func launcherCPU() -> UInt64 {
    contents(of: "/proc/\(launcher)/schedstat")?.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
  }

  /// Every thread's, since it is the library's own that clones.
  private func children() -> Set<String> {
    let threads = entries(of: "/proc/self/task")
    return Set(
      threads.flatMap { thread in
        (contents(of: "/proc/self/task/\(thread)/children") ?? "").split(separator: " ").map(String.init)
      })
  }
}
