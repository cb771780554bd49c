/// What is to be reached, and what was. (Medians of one interleaved run.)
enum Goals {
  static func judge(_ results: Results) -> [Results.Goal] {
    var goals: [Results.Goal] = []
    func scenario(_ name: String) -> Scenario? { results.scenarios.first { $0.name == name } }
    func atMost(_ what: String, _ limit: Double, in name: String, _ one: String, _ other: String) {
      guard let run = scenario(name), let a = run.row(one)?.median, let b = run.row(other)?.median else { return }
      goals.append(.init(what: what, measured: a / b, reach: "≤ \(limit)", isReached: a / b <= limit))
    }
    func faster(_ what: String, _ least: Double, in name: String, _ one: String, than other: String) {
      guard let run = scenario(name), let a = run.row(one)?.median, let b = run.row(other)?.median else { return }
      goals.append(.init(what: what, measured: b / a, reach: "≥ \(least)", isReached: b / a >= least))
    }
    func rate(_ what: String, _ least: Double, _ one: String, _ other: String) {
      guard let run = scenario("concurrency"), let a = run.value(one), let b = run.value(other) else { return }
      goals.append(.init(what: what, measured: a / b, reach: "≥ \(least)", isReached: a / b >= least))
    }
    atMost("prepared, network made ahead / F", 1.2, in: "spawn", "prepared-ahead", "F-ahead")
    faster("prepared, network made ahead: faster than bubblewrap", 8, in: "spawn", "prepared-ahead", than: "bubblewrap")
    faster("prepared, network made ahead: faster than crun", 12, in: "spawn", "prepared-ahead", than: "crun")
    atMost("prepared, network on the spot / F", 1.2, in: "spawn", "prepared-own", "F-own")
    faster("prepared, network on the spot: faster than bubblewrap", 5, in: "spawn", "prepared-own", than: "bubblewrap")
    atMost("unprepared / C", 1.25, in: "spawn", "spawn", "C")
    faster("unprepared: faster than bubblewrap", 2.5, in: "spawn", "spawn", than: "bubblewrap")
    faster("the tool, /bin/true: faster than bubblewrap", 1.5, in: "tool", "tool-true", than: "bubblewrap-true")
    faster("the tool, with an option: faster than bubblewrap", 1.5, in: "tool", "tool", than: "bubblewrap")
    faster("stdout collected: faster than through cat", 0.9, in: "stdout-1GiB", "collected", than: "cat")
    for name in ["memory-8GiB", "descriptors-10000", "mounts-5000", "live-10000"] {
      atMost("prepared, network made ahead / F, \(name)", 1.2, in: name, "prepared-ahead", "F-ahead")
    }
    rate("8 at once, prepared, network on the spot / F", 0.8, "prepared-own, 8 at once", "F-own, 8 at once")
    rate("8 at once, prepared, network on the spot / bubblewrap", 4, "prepared-own, 8 at once", "bubblewrap, 8 at once")
    if let live = scenario("live-1000"), let ours = live.value("ours: the kernel's and the init's alone"),
      let floor = live.value("F: the kernel's and the init's alone"), let alone = live.value("ours: the init's alone")
    {
      goals.append(
        .init(what: "memory of a live jail / F", measured: ours / floor, reach: "≤ 1.1", isReached: ours / floor <= 1.1))
      goals.append(.init(what: "memory of the init alone, KiB", measured: alone, reach: "≤ 40", isReached: alone <= 40))
    }
    return goals
  }

  static func table(_ results: Results) -> String {
    guard !results.goals.isEmpty else { return "" }
    return
      (["", "goals"]
      + results.goals.map {
        "\($0.what.padded(to: 60)) \($0.measured.text(digits: 2).padded(toRight: 9))  \($0.reach.padded(to: 8)) \($0.isReached ? "reached" : "NOT REACHED")"
      }).joined(separator: "\n")
  }
}
