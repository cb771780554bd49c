import Sandbox

extension ScenarioTable {
  /// The sum of each kind of step, then each step, the dearest first; and what the calling process does before and after.
  /// Medians, and minima: what a step takes where nobody is in its way.
  static func steps(_ bench: Bench) async throws -> Scenario {
    let sandbox = Contenders.sandbox(noop: bench.setting.noop)
    let command = Sandbox.Command(Contenders.insidePath, output: .discarded, error: .discarded)
    var names: [String] = [], kinds: [String] = []
    var times: [[Double]] = [], host: [String: [Double]] = [:]
    for _ in 0..<max(10, bench.rounds) {
      let zero = now()
      let plan = try sandbox.plan(for: command)
      let planned = now()
      let encoded = plan.encodedBytes.count
      let first = now()
      let process = try await sandbox.spawn(command)
      let started = now()
      let outcome = try await process.wait()
      let ended = now()
      guard encoded > 0, outcome.isSuccess else { throw Failure("the payload ended with \(outcome.verdict)") }
      for (name, time) in [
        ("host: look at the host, validate, lower", planned - zero), ("host: encode", first - planned),
        ("host: all until the program runs", started - first), ("host: from there until its end is known", ended - started),
      ] {
        host[name, default: []].append(Double(time) / 1000)
      }
      let steps = outcome.steps
      if times.isEmpty {
        names = steps.enumerated().map { "\($0.offset) \($0.element.stage.name) \($0.element.operation)" }
        kinds = steps.map { "\($0.stage.name): \($0.operation.split(separator: " ")[0])" }
        times = Array(repeating: [], count: steps.count)
      }
      guard steps.count == times.count else {
        throw Failure("two jails of one policy have \(times.count) and \(steps.count) steps")
      }
      for (index, step) in steps.enumerated() { times[index].append(Double(step.duration.components.attoseconds) / 1e12) }
    }
    let medians = times.map { $0.sorted()[$0.count / 2] }, minima = times.map { $0.min() ?? 0 }
    var sums: [String: (median: Double, minimum: Double, count: Int)] = [:]
    for (index, kind) in kinds.enumerated() {
      let sum = sums[kind] ?? (0, 0, 0)
      sums[kind] = (sum.median + medians[index], sum.minimum + minima[index], sum.count + 1)
    }
    var scenario = Scenario(name: "steps", title: "Where the library's time goes, by its own report", rounds: bench.rounds)
    scenario.values = sums.sorted { $0.value.median > $1.value.median }.map {
      .init(name: "\($0.key) × \($0.value.count)", value: $0.value.median, unit: "µs", least: $0.value.minimum)
    }
    scenario.values += host.sorted { $0.key < $1.key }.map {
      .init(name: $0.key, value: $0.value.sorted()[$0.value.count / 2], unit: "µs", least: $0.value.min())
    }
    scenario.values += zip(names, zip(medians, minima)).sorted { $0.1.0 > $1.1.0 }.prefix(40).map {
      .init(name: "step " + String($0.0.prefix(60)), value: $0.1.0, unit: "µs", least: $0.1.1)
    }
    return scenario
  }

  static func mechanisms(_ bench: Bench) async -> Scenario {
    let because = "measured without"
    let noop = bench.setting.noop
    var least = Sandbox()
    least.filesystem.mounts = [.bind(noop, at: Contenders.insidePath)]
    least.filesystem.workingDirectory = "/"
    least.namespaces.network = .host(because: because)
    least.namespaces.ipc = .host(because: because)
    least.namespaces.uts = .host(because: because)
    least.namespaces.cgroup = .host(because: because)
    least.namespaces.time = .host(because: because)
    least.filter = .off(because: because)
    for (limit, _) in least.limits.managed { least.limits[limit] = nil }

    let changes: [(name: String, change: (inout Sandbox) -> Void)] = [
      ("none", { _ in }),
      ("network namespace", { $0.namespaces.network = .own }),
      ("ipc namespace", { $0.namespaces.ipc = .own }),
      ("uts namespace", { $0.namespaces.uts = .own }),
      ("cgroup namespace", { $0.namespaces.cgroup = .own }),
      ("time namespace", { $0.namespaces.time = .own }),
      ("system call filter", { $0.filter = .standard }),
      ("limits", { $0.limits = Sandbox().limits }),
      ("/proc", { $0.filesystem.mounts.append(.proc) }),
      ("/dev", { $0.filesystem.mounts.append(.devices) }),
      ("the host's system", { $0.filesystem.mounts.insert(.hostSystem, at: 0) }),
      ("tmpfs at /tmp", { $0.filesystem.mounts.append(.tmpfs(at: "/tmp")) }),
    ]
    var makers = changes.map { name, change in
      var sandbox = least
      change(&sandbox)
      return Maker(name, .ours, name == "none" ? "user, mount and pid namespace, an empty root" : "  and \(name)", "") {
        [sandbox] in
        OwnContender($0, .spawn, sandbox, noop: Contenders.insidePath)
      }
    }
    makers.append(
      Maker("all", .ours, "all: the closed box", "") {
        OwnContender($0, .spawn, Contenders.sandbox(noop: noop), noop: Contenders.insidePath)
      })
    return await Interleaved(
      name: "mechanisms", title: "The library's jail with one mechanism, and with all", rounds: max(10, bench.rounds / 2)
    ).run(makers)
  }
}
