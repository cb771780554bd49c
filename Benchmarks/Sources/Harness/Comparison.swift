import Glibc
import Sandbox

/// Whether a floor's jail is the library's: a probe in each says what it sees, and every line must be the same.
struct Comparison {
  let setting: Setting

  /// - Returns: what differs; empty where the two may be compared.
  func differences(_ kind: String, from own: [String]) async throws -> [String] {
    let floor = try await floorLines(kind)
    return own.filter { !floor.contains($0) }.map { "only in the library's: \($0)" }
      + floor.filter { !own.contains($0) }.map { "only in the floor's: \($0)" }
  }

  /// What the probe says in the library's jail.
  func ownLines() async throws -> [String] {
    let outcome = try await sandbox.spawn(.init(probe, output: .string(), error: .discarded)).wait()
    return try lines(outcome.standardOutput, status: outcome.terminationStatus == .exited(0) ? 0 : -1, of: "the library")
  }

  private var probe: String { "/probe" }

  /// The measured jail, with the probe beside the payload.
  var sandbox: Sandbox {
    var sandbox = Contenders.sandbox(noop: setting.noop)
    sandbox.filesystem.mounts.append(.bind("\(setting.programs)/probe", at: probe))
    return sandbox
  }

  private func floorLines(_ kind: String) async throws -> [String] {
    let plan = try sandbox.plan(for: .init(probe))
    let file = try setting.workplace.file(
      "probe-specification", Array(try Specification(plan).lines.joined(separator: "\n").utf8))
    let output = try setting.workplace.file("probe-output", [], mode: 0o666)
    let description = Description(name: kind, group: .floor, title: kind, differs: "")
    let floor = try FloorContender(
      kind, description, programs: setting.programs, specification: file, noop: Contenders.insidePath)
    let status = try floor.probe(probe, to: output)
    await floor.end()
    return try lines(contents(of: output) ?? "", status: status, of: "the floor \(kind)")
  }

  /// Without what differs between any two jails: the numbers of namespaces, mounts and of the payload's user outside.
  private func lines(_ text: String, status: Int, of whom: String) throws -> [String] {
    let lines = text.split(separator: "\n").map(String.init)
    guard status == 0, lines.last == "end\t" else { throw Failure("the probe ended with \(status) in the jail of \(whom)") }
    return lines.map(normalized).sorted()
  }

  private func normalized(_ line: String) -> String {
    let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return line }
    switch parts[0] {
    case "namespace":
      let kind = parts[1].prefix { $0 != ":" }
      var host = [CChar](repeating: 0, count: 64)
      let count = readlink("/proc/self/ns/\(kind)", &host, 63)
      let name = String(decoding: host.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return "namespace \(kind): \(name == parts[1] ? "the host's" : "its own")"
    case "mount":
      // 36 35 98:0 /root /point options [tags] - type source options
      var fields = parts[1].split(separator: " ").map(String.init)
      guard fields.count > 8 else { return line }
      fields.removeFirst(3)
      fields = fields.map { $0.hasPrefix("shared:") ? "shared" : $0.hasPrefix("master:") ? "master" : $0 }
      let options = fields[fields.count - 1].split(separator: ",").filter { !$0.hasPrefix("uid=") && !$0.hasPrefix("gid=") }
      fields[fields.count - 1] = options.joined(separator: ",")
      return "mount " + fields.joined(separator: " ")
    default: return line
    }
  }
}
