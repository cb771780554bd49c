import Sandbox
import Subprocess
import SystemPackage

/// The library, in this process.
final class OwnContender: Contender {
  let description: Description
  private let sandbox: Sandbox
  private let how: How
  private let noop: String

  enum How {
    case run
    case spawn
  }

  init(_ description: Description, _ how: How, _ sandbox: Sandbox, noop: String) {
    self.description = description
    self.how = how
    self.sandbox = sandbox
    self.noop = noop
  }

  func spawn() async throws -> Sample { try await sample { try await start([]) } }

  func spawnFailing() async throws -> Int { try await start(["fail"]) }

  private func start(_ arguments: [String]) async throws -> Int {
    let outcome =
      switch how {
      case .run: try await sandbox.run(noop, arguments: arguments)
      case .spawn:
        try await sandbox.spawn(.init(noop, arguments: arguments, output: .discarded, error: .discarded)).wait()
      }
    guard case .exited(let status)? = outcome.terminationStatus else {
      throw Failure("the payload ended with \(outcome.terminationStatus.map { "\($0)" } ?? "nothing")")
    }
    return status
  }
}

/// swift-subprocess, without a jail.
final class SubprocessContender: Contender {
  let description = Description(
    name: "swift-subprocess", group: .bare, title: "swift-subprocess", differs: "no jail at all; output discarded")
  private let program: String

  init(program: String) { self.program = program }

  func spawn() async throws -> Sample { try await sample { try await start([]) } }
  func spawnFailing() async throws -> Int { try await start(["fail"]) }

  private func start(_ arguments: [String]) async throws -> Int {
    let result = try await Subprocess.run(
      .path(FilePath(program)), arguments: Arguments(arguments), output: .discarded, error: .discarded)
    guard case .exited(let status) = result.terminationStatus else { return 255 }
    return Int(status)
  }
}

extension Contenders {
  /// The jail that is measured: the closed box, and the payload in it.
  static func sandbox(noop: String) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(noop, at: insidePath))
    return sandbox
  }

  static let insidePath = "/payload"

  static func own(_ setting: Setting) -> [Maker] {
    let sandbox = sandbox(noop: setting.noop)
    return [
      Maker("spawn", .ours, "Sandbox: spawn, unprepared", "the closed box of this library; output discarded") {
        OwnContender($0, .spawn, sandbox, noop: insidePath)
      },
      Maker("run", .ours, "Sandbox: run, unprepared", "the same, with both outputs collected through pipes") {
        OwnContender($0, .run, sandbox, noop: insidePath)
      },
      Maker(
        "prepared-own", .ours, "Sandbox: prepared, network namespace on the spot",
        "prepare() once, then spawn; output discarded"
      ) {
        PreparedContender($0, sandbox, network: .onTheSpot, noop: insidePath)
      },
      Maker(
        "prepared-ahead", .ours, "Sandbox: prepared, network namespace made ahead",
        "the same; what its launcher did beside its clone, the next network namespace above all, is told apart"
      ) {
        PreparedContender($0, sandbox, network: .ahead, noop: insidePath)
      },
    ]
  }
}
