extension ScenarioTable {
  static func memory(_ bench: Bench) throws -> [Scenario] {
    try [("10MiB", 10 << 20), ("1GiB", 1 << 30), ("8GiB", 8 << 30)].map { label, bytes in
      let name = "memory-\(label)", title = "With \(label) of touched memory in the spawning process"
      // Each floor has as much as the harness; of 8 GiB no more than one fits beside it.
      let few = bytes >= 8 << 30
      let names = growing.filter { !few || !["C", "F-own", "tool"].contains($0) }
      let needed = bytes / 1024 * (few ? 2 : 4) + (1 << 20)
      guard Memory.now.available > needed else {
        return Scenario(
          name: name, title: title,
          skipped: ["all": "needs \(needed >> 10) MiB of free memory; there are \(Memory.now.available >> 10)"])
      }
      return try bench.burdened(name, title, names, rounds: max(8, bench.rounds / 3), burden: Burden(memory: bytes))
    }
  }

  static func descriptors(_ bench: Bench) throws -> [Scenario] {
    try [10, 1000, 10_000].map { count in
      try bench.burdened(
        "descriptors-\(count)", "With \(count) open descriptors in the spawning process", growing,
        rounds: max(8, bench.rounds / 3),
        burden: Burden(descriptors: count))
    }
  }

  static func mounts(_ bench: Bench) throws -> [Scenario] {
    try [10, 5000].map { count in
      try bench.burdened(
        "mounts-\(count)", "With \(count) mounts more on the host", growing, rounds: max(8, bench.rounds / 4), burden: .none,
        stage: ["\(bench.setting.programs)/stage", "--mounts", "\(count)", "--"])
    }
  }

  static func tool(_ bench: Bench) async -> Scenario {
    let setting = bench.setting
    var makers =
      bench.makers(["tool", "bubblewrap", "crun"]) + [
        Contenders.toolWithoutOptions(setting), Contenders.bubblewrap(setting, runsTrue: true),
      ]
    for (name, path) in [("tool", setting.tool), ("bubblewrap", find("bwrap"))] {
      makers.append(
        Maker("\(name)-version", name == "tool" ? .ours : .peer, "\(name) --version", "starts, says its version, ends") {
          guard let path else { throw Failure("\(name) is not there") }
          return VersionContender($0, [path, "--version"])
        })
    }
    return await Interleaved(name: "tool", title: "The tool as a whole process, and its start alone", rounds: bench.rounds).run(
      makers)
  }
}

/// A command that is only started.
private final class VersionContender: Contender {
  let description: Description
  private let command: [String]
  init(_ description: Description, _ command: [String]) {
    self.description = description
    self.command = command
  }
  func spawn() async throws -> Sample { try await sample { try Child(command).wait() } }
  /// It has no payload; that it starts is what is to be known.
  func spawnFailing() async throws -> Int { try Child(command).wait() == 0 ? 3 : 0 }
}
