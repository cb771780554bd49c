import Sandbox

extension ScenarioTable {
  /// Spawns a second with so many at once; the contenders by turns, and the median of their turns.
  static func concurrency(_ bench: Bench) async throws -> [Scenario] {
    var scenario = Scenario(name: "concurrency", title: "Spawns a second, with so many at once", rounds: 3)
    let setting = bench.setting
    let sandbox = Contenders.sandbox(noop: setting.noop)
    for workers in [1, 2, 8, 64] {
      let total = max(128, workers * 4)
      var rates: [String: [Double]] = [:]
      for round in 0..<3 {
        tell("  concurrency: \(workers) at once, turn \(round + 1) of 3")
        func turn(_ name: String, _ body: () async throws -> UInt64) async {
          guard bench.makers([name]).count == 1, bench.refused[name] == nil else { return }
          do {
            rates[name, default: []].append(Double(total) * 1e9 / Double(try await body()))
          } catch {
            scenario.skipped["\(name), \(workers) at once"] = "\(error)"
          }
        }
        await turn("spawn") { try await ours(total: total, workers: workers) { try await sandbox.spawn($0) } }
        for (name, network) in [("prepared-own", Sandbox.Prepared.NetworkPreparation.onTheSpot), ("prepared-ahead", .ahead)] {
          await turn(name) {
            let prepared = try await sandbox.prepare(network: network)
            let took = try await ours(total: total, workers: workers) { try await prepared.spawn($0) }
            await prepared.end()
            return took
          }
        }
        for (name, kind) in [("C", "oneshot"), ("F-own", "launcher-own"), ("F-ahead", "launcher-ahead")] {
          await turn(name) {
            let floor = try FloorContender(
              kind, Description(name: name, group: .floor, title: name, differs: ""), programs: setting.programs,
              specification: setting.specificationFile, noop: Contenders.insidePath)
            let took = try floor.many(total, workers: workers)
            await floor.end()
            return took
          }
        }
        for maker in bench.makers(["posix_spawn", "bubblewrap", "crun", "tool"]) {
          await turn(maker.description.name) {
            guard let contender = try maker.make(maker.description) as? CommandContender else { throw Failure("not a command") }
            return try contender.many(total, workers: workers)
          }
        }
      }
      for (name, turns) in rates.sorted(by: { $0.key < $1.key }) {
        scenario.values.append(.init(name: "\(name), \(workers) at once", value: turns.sorted()[turns.count / 2], unit: "/s"))
      }
    }
    return [scenario]
  }

  private static func ours(
    total: Int, workers: Int, spawn: @escaping @Sendable (Sandbox.Command) async throws -> Sandbox.Process
  ) async throws -> UInt64 {
    let command = Sandbox.Command(Contenders.insidePath, output: .discarded, error: .discarded)
    let start = now()
    try await withThrowingTaskGroup(of: Void.self) { group in
      func add() {
        group.addTask {
          guard try await spawn(command).wait().isSuccess else { throw Failure("a payload failed") }
        }
      }
      for _ in 0..<min(workers, total) { add() }
      var started = min(workers, total)
      while try await group.next() != nil {
        guard started < total else { continue }
        add()
        started += 1
      }
    }
    return now() - start
  }
}

extension CommandContender {
  /// Nanoseconds for so many, `workers` of them at once; the oldest is waited for first.
  func many(_ total: Int, workers: Int) throws -> UInt64 {
    var running: [Child] = []
    let start = now()
    for _ in 0..<total {
      if running.count == workers, running.removeFirst().wait() != 0 { throw Failure("a payload failed") }
      running.append(try startOne())
    }
    for child in running where child.wait() != 0 { throw Failure("a payload failed") }
    return now() - start
  }
}
