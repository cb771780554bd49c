import Glibc
import Sandbox

/// What of a jail is killed.
enum Part: String {
  case launcher, `init`, payload
}

/// Kills one process of a jail at a moment that nobody chose; what comes of it is told by its right name, and nothing is left.
func killParts(_ name: String, ofPrepared prepares: Bool, times: Int) async throws -> String {
  guard let part = Part(rawValue: name) else { throw Failure("a jail has no part \(name)") }
  guard part != .launcher || !prepares else { throw Failure("a prepared sandbox ends with its launcher") }
  let prepared = prepares ? try await Sandbox().prepare() : nil
  let command = Sandbox.Command("/bin/sleep", arguments: ["0.02"])
  // What is made once a process and kept is made by now.
  guard try await Sandbox().run(command).isSuccess else { throw Failure("it does not even run undisturbed") }
  let own = getpid()
  let before = children(of: own)
  var results: [String: Int] = [:]
  var ran = 0
  // A launcher lives for a few milliseconds alone: until at least one was there to be killed.
  while ran < times || (results.keys.allSatisfy { $0 == "finished" } && ran < 20 * times) {
    ran += 1
    let task = Task { if let prepared { try await prepared.run(command) } else { try await Sandbox().run(command) } }
    let moment = UInt64.random(in: 0..<25_000)
    try await Task.sleep(for: .microseconds(moment))
    let killed = kill(part)
    let result = try told(await task.result, part, killed)
    results[result, default: 0] += 1
    for _ in 0..<500 where children(of: own) != before { try await Task.sleep(for: .milliseconds(10)) }
    let left = children(of: own)
    guard left == before else { throw Failure("\(result), and left \(left.map(account).joined(separator: "; "))") }
  }
  guard results.contains(where: { $0.key != "finished" }) else { throw Failure("no \(name) was there to be killed") }
  return results.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
}

/// Whether there was such a process, and it was killed.
private func kill(_ part: Part) -> Bool {
  // The launcher is the host's first child, the init its second, and alone once the launcher has ended; the program is the
  // init's child.
  let own = children(of: getpid())
  let inits = own.filter(isInit)
  let found: pid_t? =
    switch part {
    case .launcher: own.first { !inits.contains($0) }
    case .`init`: inits.first
    case .payload: inits.first.flatMap { children(of: $0).first }
    }
  return found.map { Glibc.kill($0, SIGKILL) == 0 } ?? false
}

/// Process 1 of a pid namespace that is not this one's.
private func isInit(_ process: pid_t) -> Bool {
  let line = text(of: "/proc/\(process)/status").split(separator: "\n").first { $0.hasPrefix("NSpid:") }
  let numbers = line?.split(separator: "\t").dropFirst() ?? []
  return numbers.count > 1 && numbers.last == "1"
}

/// What may come of it, in a word; all else is a failure.
private func told(_ result: Result<Sandbox.Outcome, any Error>, _ part: Part, _ killed: Bool) throws -> String {
  switch result {
  case .success(let outcome):
    let end = (outcome.verdict, outcome.terminationStatus)
    switch end {
    case (.finished, .exited(0)): return "finished"
    case (.finished, .signaled(.kill)) where part == .payload && killed: return "the program was killed"
    case (.lost, nil) where part == .`init` && killed: return "lost"
    default:
      throw Failure(
        "\(part.rawValue) \(killed ? "killed" : "not killed"): \(outcome.verdict), \(String(describing: outcome.terminationStatus))"
      )
    }
  case .failure(let error as Sandbox.Error):
    guard killed, error.kind == .setup, error.description.contains("killed") else {
      throw Failure("\(part.rawValue) \(killed ? "killed" : "not killed"): \(error)")
    }
    return "an error before the program ran"
  case .failure(let error): throw error
  }
}
