import Glibc
import Sandbox

extension ScenarioTable {
  /// The next spawn while others live, and what each of these takes: of the jailer, of the kernel, and of this process.
  static func live(_ bench: Bench) async throws -> [Scenario] {
    var all: [Scenario] = []
    for count in [1, 100, 1000, 10_000] {
      tell("  live: \(count) jails")
      let needed = count * 400 + (1 << 20)
      guard Memory.now.available > needed else {
        all.append(
          Scenario(
            name: "live-\(count)", title: "With \(count) live jails", skipped: ["all": "needs \(needed >> 10) MiB of free memory"]
          ))
        continue
      }
      var memory: [Scenario.Value] = []
      // The floor's are gone again before the library's are made.
      if bench.refused["F-own"] == nil, count >= 100, count <= 1000 { memory += try await heldByFloor(count, bench) }
      let before = Memory.now, own = Memory.of(getpid())
      let processes = try await hold(count, bench)
      let after = Memory.now, grown = Memory.of(getpid())
      memory.append(contentsOf: perJail(count, "ours", before, after, inits: processes.prefix(20).map(\.processIdentifier)))
      if let own, let grown {
        memory.append(
          .init(name: "ours: the host's process, a jail", value: Double(grown.alone - own.alone) / Double(count), unit: "KiB"))
      }
      var scenario = await bench.interleaved(
        "live-\(count)", "With \(count) live jails", growing, rounds: count >= 1000 ? 10 : 20)
      if count > 1 { scenario.values = memory }
      all.append(scenario)
      await withTaskGroup(of: Void.self) { group in
        for process in processes { group.addTask { await process.kill() } }
      }
    }
    return all
  }

  private static func hold(_ count: Int, _ bench: Bench) async throws -> [Sandbox.Process] {
    // The launcher may go: its jails live on.
    let sandbox = try await Contenders.sandbox(noop: bench.setting.noop).prepare(network: .onTheSpot)
    let command = Sandbox.Command(Contenders.insidePath, arguments: ["wait"], output: .discarded, error: .discarded)
    return try await withThrowingTaskGroup(of: Sandbox.Process.self) { group in
      var processes: [Sandbox.Process] = []
      for started in 0..<count {
        if started >= 8, let process = try await group.next() { processes.append(process) }
        group.addTask { try await sandbox.spawn(command) }
      }
      for try await process in group { processes.append(process) }
      return processes
    }
  }

  private static func heldByFloor(_ count: Int, _ bench: Bench) async throws -> [Scenario.Value] {
    let setting = bench.setting
    let floor = try FloorContender(
      "launcher-own", Description(name: "F-own", group: .floor, title: "", differs: ""), programs: setting.programs,
      specification: setting.specificationFile, noop: Contenders.insidePath)
    let before = Memory.now
    try floor.hold(count)
    // It has ordered them; they come as fast as they can.
    var children: [Int32] = []
    for _ in 0..<600 where children.count != count + 1 {
      usleep(100_000)
      children =
        contents(of: "/proc/\(floor.pid)/task/\(floor.pid)/children")?.split(separator: " ").compactMap { Int32($0) } ?? []
    }
    guard children.count == count + 1 else { throw Failure("the floor holds \(children.count - 1) jails of \(count)") }
    usleep(200_000)
    let after = Memory.now
    let values = perJail(count, "F", before, after, inits: Array(children.dropFirst().prefix(20)))
    await floor.end()
    // Each init notices that its host is gone.
    for _ in 0..<200 where Memory.now.kernel > before.kernel + (after.kernel - before.kernel) / 10 { usleep(50_000) }
    return values
  }

  private static func perJail(_ count: Int, _ whose: String, _ before: Memory, _ after: Memory, inits: [Int32]) -> [Scenario
    .Value]
  {
    let held = inits.compactMap { Memory.of($0) }
    guard !held.isEmpty else { return [] }
    // What is available changes with all that the machine does; the kernel's and the init's are this jail's.
    let kernel = Double(after.kernel - before.kernel) / Double(count)
    func median(_ values: [Int]) -> Double { Double(values.sorted()[values.count / 2]) }
    return [
      .init(
        name: "\(whose): all memory, a jail with its payload", value: Double(before.available - after.available) / Double(count),
        unit: "KiB"),
      .init(name: "\(whose): the kernel's, a jail", value: kernel, unit: "KiB"),
      .init(name: "\(whose): the kernel's and the init's alone", value: kernel + median(held.map(\.alone)), unit: "KiB"),
      .init(name: "\(whose): the init's alone", value: median(held.map(\.alone)), unit: "KiB"),
      .init(name: "\(whose): the init's in memory, shared pages included", value: median(held.map(\.resident)), unit: "KiB"),
    ]
  }
}
