import ArgumentParser
import Sandbox

struct LimitOptions: ParsableArguments {
  @Option(
    name: .customLong("rlimit"),
    help: .init(
      """
      A limit of each process, as nofile=256, nofile=256:1024, as=512MiB or cpu=infinity; with ",clamp" the host's where that is \
      lower; nofile=host leaves the host's. (limits)
      """, valueName: "name=soft[:hard]"))
  var limits: [String] = []

  @Option(
    name: .customLong("nice"), parsing: .unconditional,
    help: .init("How far it gives way, from -20 to 19. (scheduling.nice)", valueName: "value"))
  var nice: Int?

  @Option(
    name: .customLong("sched"),
    help: .init("Its scheduling class: other, batch, idle, fifo:10 or rr:10. (scheduling.class)", valueName: "class[:priority]"))
  var schedulingClass: String?

  @Option(
    name: .customLong("cpus"), help: .init("The processors it begins on, as 0-3,6. (scheduling.cpus)", valueName: "list"))
  var cpus: String?

  @Option(
    name: .customLong("oom-score-adj"), parsing: .unconditional,
    help: .init(
      "Who is killed when memory runs out: -1000 never, 1000 first. (scheduling.oomScoreAdjustment)", valueName: "value"))
  var oomScoreAdjustment: Int?

  func apply(to sandbox: inout Sandbox) throws {
    for text in limits { try limit(text, in: &sandbox.limits) }
    if let nice { sandbox.scheduling.nice = nice }
    if let schedulingClass {
      do {
        sandbox.scheduling.schedulingClass = try SchedulingClass(parsing: schedulingClass)
      } catch { throw ValidationError("--sched: \(error)") }
    }
    if let cpus {
      guard let set = CPUSet(cpus) else {
        throw ValidationError("--cpus: \"\(cpus)\" is no list of processors; write it as 0-3,6")
      }
      sandbox.scheduling.cpus = set
    }
    if let oomScoreAdjustment { sandbox.scheduling.oomScoreAdjustment = oomScoreAdjustment }
  }

  private func limit(_ text: String, in limits: inout ResourceLimitPolicy) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let names = ResourceLimit.allCases.map(\.kernelName)
    guard let limit = ResourceLimit(named: parts[0]) else {
      let nearest = nearestName(to: parts[0], among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw ValidationError("--rlimit: \"\(parts[0])\" is none of \(names.joined(separator: ", "))\(nearest)")
    }
    if parts.count == 2, parts[1] == "host" {
      limits[limit] = nil
      return
    }
    let clamp = ",clamp"
    let isClamped = text.hasSuffix(clamp)
    let values = parts.count == 2 ? (isClamped ? parts[1].dropLast(clamp.count) : parts[1][...]) : ""
    let numbers = values.split(separator: ":", omittingEmptySubsequences: false).map { Self.number($0, of: limit) }
    guard (1...2).contains(numbers.count), let soft = numbers[0], let hard = numbers[numbers.count - 1] else {
      let size = limit.unit == .bytes ? ", sizes as 512MiB" : ""
      throw ValidationError(
        "--rlimit: \"\(text)\" is not name=soft or name=soft:hard, with numbers\(size) or \"infinity\"; or name=host")
    }
    limits[limit] = .init(soft: soft, hard: hard, lowersToHost: isClamped)
  }

  /// As prlimit(1) has it, and ulimit(1p).
  private static func number(_ text: Substring, of limit: ResourceLimit) -> UInt64? {
    if text == "infinity" || text == "unlimited" { return ResourceLimitBounds.infinity }
    if limit.unit == .bytes, let size = ByteCount(String(text)) { return size.bytes }
    return UInt64(text)
  }
}
