import Foundation
import SandboxPlanning

@testable import Seccomp

/// Runs FilterProbe: one call, or one program, with or without a filter.
struct Probe {
  enum Answer: Equatable {
    /// What the kernel answered: a result, or -errno.
    case returned(Int)
    case killed(signal: Int32)
    case exited(status: Int32, output: String)

    static func failed(_ errno: Int32) -> Answer { .returned(-Int(errno)) }
  }

  /// None, or those of a policy, as a plan has them.
  let filters: [[UInt64]]

  static let unfiltered = Probe(filters: [])

  static func filtered(writableBinds: Bool = false) throws -> Probe {
    Probe(try SeccompPolicy.standard.operations(at: "systemCalls", writableBinds: writableBinds))
  }

  static func initProcess() throws -> Probe { Probe(try SeccompPolicy.initOperations(at: "systemCalls")) }

  init(_ planned: [Planned]) {
    self.init(
      filters: planned.compactMap { step in
        guard case .loadFilter(let words) = step.operation else { return nil }
        return words
      })
  }

  init(filters: [[UInt64]]) { self.filters = filters }

  /// Makes a call of the table. Arguments are as FilterProbe reads them.
  func call(_ name: String, _ arguments: String...) throws -> Answer {
    guard let number = SystemCall(named: name)?.number(on: .current) else { throw Failure.noSuchCall(name) }
    return try answer(["call", String(number)] + arguments)
  }

  func call(number: UInt64, _ arguments: String...) throws -> Answer { try answer(["call", String(number)] + arguments) }

  /// By int 0x80.
  func call32(number: UInt32) throws -> Answer { try answer(["call32", String(number)]) }

  func run(_ program: String, _ arguments: String...) throws -> Answer { try run(["exec", program] + arguments) }

  private func answer(_ arguments: [String]) throws -> Answer {
    let answer = try run(arguments)
    guard case .exited(0, let text) = answer else { return answer }
    guard let result = Int(text) else { throw Failure.noAnswer(text) }
    return .returned(result)
  }

  private enum Failure: Error { case noSuchCall(String), noAnswer(String) }

  private func run(_ arguments: [String]) throws -> Answer {
    var file = "-"
    if !filters.isEmpty {
      let words = filters.flatMap { [UInt64($0.count)] + $0 }
      file = FileManager.default.temporaryDirectory.appendingPathComponent("filter-\(UUID().uuidString)").path
      try words.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: file))
    }
    defer { if file != "-" { try? FileManager.default.removeItem(atPath: file) } }

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("FilterProbe")
    process.arguments = [file] + arguments
    process.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C"]
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
      ? .killed(signal: process.terminationStatus) : .exited(status: process.terminationStatus, output: text)
  }
}
