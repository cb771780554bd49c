import Glibc
import Sandbox

/// A process that jails itself: the whole of `enter()`, held against a program in C that makes the same calls.
extension ScenarioTable {
  static func entries(_ bench: Bench) throws -> [Scenario] {
    let root = bench.setting.workplace.path + "/entry"
    mkdir(root, 0o755)
    let uid: UInt32 = 20077
    // It stands beside this program.
    let timer = "\(CommandLine.arguments[0].reversed().drop { $0 != "/" }.reversed().map(String.init).joined())EnterTimer"
    let specification = try entrySpecification(root: root, uid: uid)
    let file = try bench.setting.workplace.file("entry-specification", Array(specification.joined(separator: "\n").utf8))
    var scenario = Scenario(name: "enter", title: "A process jails itself", rounds: bench.rounds)
    for threads in [1, 8, 64] {
      let arguments = ["\(threads)", root, "\(uid)"]
      var times: [[UInt64]] = [[], []]
      for round in 0..<bench.rounds {
        for contender in round % 2 == 0 ? [0, 1] : [1, 0] {
          let program = contender == 0 ? [timer] + arguments : ["\(bench.setting.programs)/enter"] + arguments + [file]
          times[contender].append(try time(program, in: bench.setting.workplace))
        }
      }
      let medians = times.map { times in Double(times.sorted()[times.count / 2]) / 1000 }
      for (name, index) in [("Sandbox", 0), ("floor", 1)] {
        scenario.values.append(
          .init(
            name: "enter(), \(threads) threads: \(name)", value: medians[index], unit: "µs",
            least: times[index].min().map { Double($0) / 1000 }))
      }
      scenario.values.append(
        .init(name: "enter(), \(threads) threads: Sandbox / floor", value: medians[0] / medians[1], unit: ""))
    }
    return [scenario]
  }

  /// The limits and the filter of the library's own plan.
  private static func entrySpecification(root: String, uid: UInt32) throws -> [String] {
    let plan = try Sandbox.worker(root: root, user: .number(uid), group: .number(uid)).plan(for: .enter)
    return try PlanSteps(plan).steps.compactMap { step in
      switch step.name {
      case "setResourceLimit": return "limit\t\(try step.number("kind"))\t\(try step.number("soft"))\t\(try step.number("hard"))"
      case "synchronizeFilter":
        let bytes = try step.numbers().flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
        return "filter\t\(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())"
      default: return nil
      }
    }
  }

  private static func time(_ program: [String], in workplace: Workplace) throws -> UInt64 {
    let output = workplace.path + "/entry-time"
    let status = try Child(program, streams: [1: .file(output, flags: O_WRONLY | O_CREAT | O_TRUNC), 2: .inherited]).wait()
    guard status == 0, let text = contents(of: output), let time = UInt64(text.dropLast()) else {
      throw Failure("\(program[0]) ended with \(status): \(contents(of: output) ?? "")")
    }
    return time
  }
}
