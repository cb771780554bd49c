/// What is written as JSON.
struct Results: Codable, Sendable {
  var version = 1
  var machine: Machine
  /// For each floor, that it was held against the library's jail; or why it was not measured.
  var comparisons: [String: String] = [:]
  var scenarios: [Scenario] = []
  var goals: [Goal] = []

  struct Machine: Codable, Sendable {
    var kernel: String
    var processor: String
    var cores: Int
    var memoryMiB: Int
    var user: String
  }

  struct Goal: Codable, Sendable {
    let what: String
    /// The ratio that was measured, and what it has to reach.
    let measured: Double
    let reach: String
    let isReached: Bool
  }
}

/// One interleaved run, or a series of numbers.
struct Scenario: Codable, Sendable {
  let name: String
  let title: String
  var rounds = 0
  var rows: [Row] = []
  /// Numbers of other kinds than times of spawns.
  var values: [Value] = []
  /// Who was left out, and why.
  var skipped: [String: String] = [:]

  struct Row: Codable, Sendable {
    let contender: Description
    let count: Int
    let minimum: Double
    let median: Double
    let p90: Double
    let p99: Double
    /// Median CPU time of the spawner and all that it waited for.
    let cpu: Double
    /// Median CPU time of what was made ahead for each spawn.
    let ahead: Double
    /// Its median divided by those of others of the same run.
    var ratios: [String: Double] = [:]
  }

  struct Value: Codable, Sendable {
    let name: String
    let value: Double
    let unit: String
    /// The smallest that was measured, where it was measured more than once.
    var least: Double?
  }

  func row(_ name: String) -> Row? { rows.first { $0.contender.name == name } }
  func value(_ name: String) -> Double? { values.first { $0.name == name }?.value }
}

extension Scenario.Row {
  /// - Parameter samples: in nanoseconds; the row is in microseconds.
  init(_ contender: Description, _ samples: [Sample]) {
    func at(_ share: Double, _ values: [UInt64]) -> Double {
      let sorted = values.sorted()
      return sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]) / 1000
    }
    let times = samples.map(\.nanoseconds)
    self.contender = contender
    count = samples.count
    minimum = at(0, times)
    median = at(0.5, times)
    p90 = at(0.9, times)
    p99 = at(0.99, times)
    cpu = at(0.5, samples.map(\.cpu))
    ahead = at(0.5, samples.map(\.ahead))
  }
}

extension Scenario {
  /// Ratios to the floors, to the peers and to no jail.
  mutating func compare() {
    let others = rows.filter { $0.contender.group != .ours || $0.contender.name == "spawn" }
    for index in rows.indices {
      for other in others where other.contender.name != rows[index].contender.name && other.median > 0 {
        rows[index].ratios[other.contender.name] = rows[index].median / other.median
      }
    }
  }
}
