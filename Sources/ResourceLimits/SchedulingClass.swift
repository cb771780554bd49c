internal import SandboxPlanning

/// By which rules the kernel gives a process its turns: a scheduling policy of sched(7).
public enum SchedulingClass: Hashable, Sendable {
  /// The usual one: `SCHED_OTHER`.
  case other
  /// For work that nobody waits for: `SCHED_BATCH`. A process may leave it.
  case batch
  /// Only when no other process wants the processor: `SCHED_IDLE`. A process leaves it as far as `limits.nice` lets it.
  case idle
  /// Before all that is not real-time, until it waits: `SCHED_FIFO`, with a priority of 1 to 99.
  case fifo(priority: Int)
  /// The same, but taking turns with its equals: `SCHED_RR`, with a priority of 1 to 99.
  case roundRobin(priority: Int)

  /// The names of chrt(1), with the kernel's numbers.
  static let table: [(name: String, number: Int, isRealtime: Bool)] = [
    ("other", 0, false), ("fifo", 1, true), ("rr", 2, true), ("batch", 3, false), ("idle", 5, false),
  ]

  /// The name of chrt(1): `other`, `batch`, `idle`, `fifo`, `rr`.
  public var name: String { Self.table.first { $0.number == number }!.name }

  var number: Int {
    switch self {
    case .other: 0
    case .fifo: 1
    case .roundRobin: 2
    case .batch: 3
    case .idle: 5
    }
  }

  /// 0 where there is none.
  public var priority: Int {
    switch self {
    case .fifo(let priority), .roundRobin(let priority): priority
    default: 0
    }
  }

  /// Whether it comes before everything else that the machine does.
  public var isRealtime: Bool { Self.table.first { $0.number == number }!.isRealtime }

  init?(number: Int, priority: Int) {
    switch number {
    case 0: self = .other
    case 1: self = .fifo(priority: priority)
    case 2: self = .roundRobin(priority: priority)
    case 3: self = .batch
    case 5: self = .idle
    default: return nil
    }
  }
}

extension SchedulingClass {
  /// Why a text is no scheduling class.
  public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and the nearest right name.
    public let description: String
  }

  /// Reads `batch`, `fifo:10`.
  public init(parsing text: String) throws(ParseError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let row = Self.table.first(where: { $0.name == parts[0] }) else {
      let nearest = nearestName(to: parts[0], among: Self.table.map(\.name)).map { "; did you mean \"\($0)\"?" } ?? ""
      throw ParseError(
        description: "\"\(parts[0])\" is none of \(Self.table.map(\.name).joined(separator: ", "))\(nearest)")
    }
    guard row.isRealtime else {
      guard parts.count == 1 else { throw ParseError(description: "\(row.name) has no priority: write \"\(row.name)\"") }
      self.init(number: row.number, priority: 0)!
      return
    }
    guard parts.count == 2, let priority = Int(parts[1]) else {
      throw ParseError(description: "\(row.name) needs a priority of 1 to 99: write \"\(row.name):10\"")
    }
    self.init(number: row.number, priority: priority)!
  }
}

extension SchedulingClass: CustomStringConvertible {
  /// `batch`, `fifo:10`.
  public var description: String { isRealtime ? "\(name):\(priority)" : name }
}

extension SchedulingClass: Codable {
  /// Reads `"batch"` or `"fifo:10"`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(parsing: try container.decode(String.self))
    } catch let error as ParseError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes `"batch"` or `"fifo:10"`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
