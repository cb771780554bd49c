import FoundationEssentials
import Glibc

/// What the scenarios measure with.
struct Bench {
  let setting: Setting
  let rounds: Int
  let wanted: [String]?
  /// Floors that may not be compared, and why.
  let refused: [String: String]
  let harness: Harness

  /// The contenders of these names, in their order.
  func makers(_ names: [String]? = nil) -> [Maker] {
    Contenders.all(setting).filter { maker in
      let name = maker.description.name
      return (names?.contains(name) ?? true) && (wanted?.contains(name) ?? true)
    }.map { maker in
      guard let reason = refused[maker.description.name] else { return maker }
      let about = maker.description
      return Maker(about.name, about.group, about.title, about.differs) { _ in throw Failure(reason) }
    }
  }

  func interleaved(_ name: String, _ title: String, _ names: [String]? = nil, rounds: Int? = nil) async -> Scenario {
    await Interleaved(name: name, title: title, rounds: rounds ?? self.rounds).run(makers(names))
  }

  /// The same in a process of its own, which carries a burden.
  ///
  /// - Parameter stage: the command that makes the process's surroundings.
  func burdened(_ name: String, _ title: String, _ names: [String], rounds: Int, burden: Burden, stage: [String] = []) throws
    -> Scenario
  {
    let allowed = makers(names).map(\.description.name).filter { refused[$0] == nil }
    let file = "\(setting.workplace.path)/\(name).json"
    var arguments = stage + [CommandLine.arguments[0], "--programs", setting.programs, "--output", file, "--rounds", "\(rounds)"]
    arguments += ["--measure", name, "--contenders", allowed.joined(separator: ",")]
    arguments += ["--memory", "\(burden.memory)", "--descriptors", "\(burden.descriptors)"]
    if let tool = setting.tool { arguments += ["--tool", tool] }
    let status = try Child(arguments, streams: [2: .inherited]).wait()
    guard status == 0, let text = contents(of: file) else {
      throw Failure("the process that was to measure \(name) ended with \(status)")
    }
    let measured = try JSONDecoder().decode(Scenario.self, from: Data(text.utf8))
    var scenario = Scenario(name: name, title: title, rounds: rounds, rows: measured.rows, skipped: measured.skipped)
    for name in names where refused[name] != nil { scenario.skipped[name] = refused[name] }
    return scenario
  }
}

extension Harness {
  /// In the process that `burdened` started.
  func measureBurdened(_ name: String, _ setting: Setting) async throws {
    if memory > 0 {
      let size = memory
      guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED else {
        throw Failure("\(size) bytes cannot be had")
      }
      for at in stride(from: 0, to: size, by: 4096) { start.storeBytes(of: 1, toByteOffset: at, as: UInt8.self) }
    }
    for _ in 0..<descriptors {
      guard fcntl(0, F_DUPFD_CLOEXEC, 10) >= 0 else { throw Failure("\(descriptors) descriptors cannot be had") }
    }
    let names = contenders?.split(separator: ",").map(String.init) ?? []
    let makers = Contenders.all(setting).filter { names.contains($0.description.name) }
    let scenario = await Interleaved(name: name, title: name, rounds: rounds).run(makers)
    try write(Array(try JSONEncoder().encode(scenario)), to: output)
  }
}
