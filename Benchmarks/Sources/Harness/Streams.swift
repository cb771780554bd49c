import Glibc
import Sandbox

extension ScenarioTable {
  /// Bytes a second of a payload's standard output: the whole run, its spawn included.
  static func stdout(_ bench: Bench) async throws -> [Scenario] {
    let noop = bench.setting.noop
    let sandbox = Contenders.sandbox(noop: noop)
    var scenarios: [Scenario] = []
    for (label, bytes, rounds) in [("64KiB", 64 << 10, max(10, bench.rounds / 3)), ("1GiB", 1 << 30, 5)] {
      var makers = [
        Maker("cat", .bare, "no jail, through cat to /dev/null", "payload | cat >/dev/null") {
          StreamContender($0) { try throughCat(noop, bytes) }
        },
        Maker("read", .bare, "no jail, read by the harness and dropped", "64 KiB a read") {
          StreamContender($0) { try readPipe(noop, bytes, keep: false) }
        },
        Maker("kept", .bare, "no jail, read by the harness and kept", "64 KiB a read, appended to an array") {
          StreamContender($0) { try readPipe(noop, bytes, keep: true) }
        },
      ]
      func ours(_ name: String, _ title: String, _ body: @escaping (Sandbox.Command) async throws -> Int) {
        makers.append(
          Maker(name, .ours, title, "") {
            StreamContender($0) {
              try await body(Sandbox.Command(Contenders.insidePath, arguments: ["\(bytes)"], error: .discarded))
            }
          })
      }
      ours("collected", "Sandbox: collected, .bytes(limit:)") { command in
        var command = command
        command.output = .bytes(limit: .mebibytes(2048))
        return try await sandbox.spawn(command).wait().standardOutputBytes.count
      }
      ours("cut", "Sandbox: collected up to 16 bytes, the rest dropped") { command in
        var command = command
        command.output = .bytes(limit: .bytes(16))
        let outcome = try await sandbox.spawn(command).wait()
        return outcome.standardOutputBytes.count + (outcome.cut[.standardOutput] ?? 0)
      }
      ours("sequence", "Sandbox: read as a sequence") { command in
        var command = command
        command.output = .sequence
        let process = try await sandbox.spawn(command)
        var count = 0
        if let output = process.standardOutput { for try await chunk in output { count += chunk.count } }
        _ = try await process.wait()
        return count
      }
      for maker in makers.indices { makers[maker] = counted(makers[maker], bytes) }
      var scenario = await Interleaved(
        name: "stdout-\(label)", title: "\(label) of a payload's standard output, its spawn included", rounds: rounds, warmUp: 1
      ).run(makers)
      for row in scenario.rows {
        scenario.values.append(
          .init(name: row.contender.title, value: Double(bytes) / row.median * 1e6 / Double(1 << 20), unit: "MiB/s"))
      }
      scenarios.append(scenario)
    }
    return scenarios
  }

  /// What came is what was sent.
  private static func counted(_ maker: Maker, _ bytes: Int) -> Maker {
    let about = maker.description
    return Maker(about.name, about.group, about.title, about.differs) {
      let contender = try maker.make($0)
      (contender as? StreamContender)?.expected = bytes
      return contender
    }
  }

  private static func throughCat(_ noop: String, _ bytes: Int) throws -> Int {
    let ends = try makePipe()
    let writer = try Child([noop, "\(bytes)"], streams: [1: .descriptor(ends.write)])
    let cat = try Child(["/bin/cat"], streams: [0: .descriptor(ends.read)])
    close(ends.read)
    close(ends.write)
    guard writer.wait() == 0, cat.wait() == 0 else { throw Failure("the pipeline failed") }
    return bytes
  }

  private static func readPipe(_ noop: String, _ bytes: Int, keep: Bool) throws -> Int {
    let ends = try makePipe()
    let writer = try Child([noop, "\(bytes)"], streams: [1: .descriptor(ends.write)])
    close(ends.write)
    defer { close(ends.read) }
    var buffer = [UInt8](repeating: 0, count: 65536), all: [UInt8] = [], count = 0
    while true {
      let got = Glibc.read(ends.read, &buffer, buffer.count)
      if got <= 0 { break }
      count += got
      if keep { all += buffer[..<got] }
    }
    guard writer.wait() == 0 else { throw Failure("the writer failed") }
    return keep ? all.count : count
  }
}

/// A transfer, whose bytes are counted.
private final class StreamContender: Contender {
  let description: Description
  var expected = 0
  private let body: () async throws -> Int
  init(_ description: Description, _ body: @escaping () async throws -> Int) {
    self.description = description
    self.body = body
  }
  func spawn() async throws -> Sample {
    try await sample {
      let count = try await body()
      guard count == expected else { throw Failure("\(count) bytes came of \(expected)") }
      return 0
    }
  }
  /// What is to be known beforehand is that all bytes come.
  func spawnFailing() async throws -> Int { try await body() == expected ? 3 : 0 }
}
