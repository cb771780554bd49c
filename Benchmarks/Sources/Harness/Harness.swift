import ArgumentParser
import FoundationEssentials
import Glibc
import Sandbox

@main
struct Harness: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "harness", abstract: "Measures Sandbox against its floors and its peers, in one interleaved run.")

  @Option(help: "The folder of the C programs, as Benchmarks/build makes them.") var programs: String
  @Option(help: "The tool, linked statically.") var tool: String?
  @Option(help: "Where the results go: results.json, and a chart a scenario.") var output: String
  @Option(help: "How many rounds the main scenario has; others have a part of them.") var rounds = 60
  @Option(help: "Scenarios, by name, separated by commas; all unless said.") var scenarios: String?
  @Option(help: "Contenders, by name, separated by commas; all unless said.") var contenders: String?
  @Flag(help: "Say what there is, and measure nothing.") var list = false

  @Option(help: .hidden) var memory = 0
  @Option(help: .hidden) var descriptors = 0
  @Option(help: .hidden) var measure: String?

  func run() async throws {
    raiseDescriptorLimit()
    let workplace = try Workplace()
    let probing = Contenders.sandbox(noop: "\(programs)/noop")
    let specification = try Specification(try probing.plan(for: .init(Contenders.insidePath)))
    let file = try workplace.file("specification", Array(specification.lines.joined(separator: "\n").utf8))
    let setting = Setting(
      programs: programs, tool: tool, workplace: workplace, specification: specification, specificationFile: file,
      burden: Burden(memory: memory, descriptors: descriptors))
    if let measure { return try await measureBurdened(measure, setting) }

    let chosen = scenarios.map { $0.split(separator: ",").map(String.init) } ?? ScenarioTable.all.map(\.name)
    for name in chosen where !ScenarioTable.all.contains(where: { $0.name == name }) {
      throw ValidationError("there is no scenario \(name); there are \(ScenarioTable.all.map(\.name).joined(separator: ", "))")
    }
    if list {
      for scenario in ScenarioTable.all { print("scenario   \(scenario.name.padded(to: 18)) \(scenario.title)") }
      for maker in Contenders.all(setting) {
        print("contender  \(maker.description.name.padded(to: 18)) \(maker.description.title)")
      }
      return
    }

    mkdir(output, 0o755)
    var results = Results(machine: .current)
    let floors = try await comparableFloors(setting, &results)
    let bench = Bench(
      setting: setting, rounds: rounds, wanted: contenders?.split(separator: ",").map(String.init), refused: floors, harness: self
    )
    for entry in ScenarioTable.all where chosen.contains(entry.name) {
      tell("\(entry.name): \(entry.title)")
      do {
        let made = try await entry.run(bench)
        results.scenarios += made
        for scenario in made { try say(scenario.table) }
      } catch {
        results.scenarios.append(Scenario(name: entry.name, title: entry.title, skipped: ["all": "\(error)"]))
        tell("  skipped: \(error)")
      }
      results.goals = Goals.judge(results)
      try save(results)
    }
    try say(Goals.table(results))
  }

  /// A floor that does not make the library's jail is not measured.
  private func comparableFloors(_ setting: Setting, _ results: inout Results) async throws -> [String: String] {
    let comparison = Comparison(setting: setting)
    let own = try await comparison.ownLines()
    var refused: [String: String] = [:]
    for (name, kind) in [
      ("C", "oneshot"), ("C-unprepared", "oneshot-unprepared"), ("F-own", "launcher-own"), ("F-ahead", "launcher-ahead"),
      ("P", "parked"),
    ] {
      do {
        let differences = try await comparison.differences(kind, from: own)
        if differences.isEmpty {
          results.comparisons[name] = "\(own.count) facts are the same as in the library's jail"
        } else {
          refused[name] = "its jail is not the library's: " + differences.joined(separator: "; ")
        }
      } catch {
        refused[name] = "\(error)"
      }
      if let reason = refused[name] { results.comparisons[name] = reason }
      tell("\(name): \(results.comparisons[name]!)")
    }
    return refused
  }

  private func save(_ results: Results) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try write(Array(try encoder.encode(results)) + [10], to: "\(output)/results.json")
    for scenario in results.scenarios {
      guard let drawing = Chart(scenario)?.svg else { continue }
      let path = "\(output)/\(scenario.name)"
      try write(Array(drawing.utf8), to: path + ".svg")
      guard let converter = find("rsvg-convert") else {
        tell("no \(scenario.name).png: rsvg-convert is not installed")
        continue
      }
      guard try Child([converter, "--zoom", "2", "--output", path + ".png", path + ".svg"], streams: [2: .inherited]).wait() == 0
      else {
        throw Failure("rsvg-convert could not draw \(path).png")
      }
    }
  }

  /// 10,000 live jails are as many descriptors.
  private func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

extension Results.Machine {
  static var current: Results.Machine {
    var names = utsname()
    uname(&names)
    let kernel = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let processor = contents(of: "/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(
      separator: ":"
    ).last
    return Results.Machine(
      kernel: kernel, processor: processor.map { String($0).trimmingPrefix(" ").description } ?? "unknown",
      cores: sysconf(CInt(_SC_NPROCESSORS_ONLN)), memoryMiB: Memory.now.total / 1024,
      user: geteuid() == 0 ? "root" : "an ordinary user")
  }
}
