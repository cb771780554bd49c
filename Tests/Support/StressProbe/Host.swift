import Glibc
import Sandbox

/// To who waits for it, whatever standard output is.
private func say(_ word: String) throws {
  let line = word + "\n"
  guard write(1, line, line.utf8.count) == line.utf8.count else { throw Failure("standard output: errno \(errno)") }
}

/// A host that makes jails until it is killed. It writes a line when it begins, and one when it has all the jails it is to hold.
struct Host {
  enum Kind: String, CaseIterable {
    /// Spawns one jail after the other, each with a launcher of its own.
    case spawning
    /// The same from a prepared sandbox.
    case preparedSpawning = "prepared-spawning"
    /// Holds jails, whose programs have children of their own and ignore what can be ignored.
    case holding
    case preparedHolding = "prepared-holding"
    /// No jail: what it leaves lives on, as whoever looks for it must find.
    case control
  }

  let kind: Kind
  let jails: Int

  init(_ kind: String, jails: Int) throws {
    guard let kind = Kind(rawValue: kind) else { throw Failure("no host is of the kind \(kind)") }
    self.kind = kind
    self.jails = jails
  }

  func run() async throws {
    switch kind {
    case .spawning: try await spawn { try await Sandbox().spawn($0) }
    case .preparedSpawning:
      let prepared = try await Sandbox().prepare()
      try await spawn { try await prepared.spawn($0) }
    case .holding: try await hold { try await Sandbox().spawn($0) }
    case .preparedHolding:
      let prepared = try await Sandbox().prepare()
      try await hold { try await prepared.spawn($0) }
    case .control:
      _ = try start("/bin/sleep", ["600"], output: nil)
      try say("begins")
      while true { pause() }
    }
  }

  private func spawn(_ one: (Sandbox.Command) async throws -> Sandbox.Process) async throws {
    try say("begins")
    while true {
      let outcome = try await one(Sandbox.Command("/bin/true")).wait()
      guard outcome.isSuccess else { throw Failure("a program that only succeeds: \(outcome.verdict)") }
    }
  }

  private func hold(_ one: (Sandbox.Command) async throws -> Sandbox.Process) async throws {
    let script = "trap '' TERM HUP INT; sleep 600 & (trap '' TERM HUP; exec setsid sleep 600) & wait; wait"
    var held: [Sandbox.Process] = []
    for _ in 0..<jails {
      held.append(try await one(.init("/bin/bash", arguments: ["-c", script], output: .discarded, error: .discarded)))
    }
    try say("begins")
    try await Task.sleep(for: .seconds(600))
    throw Failure("nobody killed it; it held \(held.count)")
  }
}
