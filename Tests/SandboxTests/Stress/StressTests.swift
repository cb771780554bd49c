import Glibc
import Testing

/// What only many runs find: kills at moments that nobody chose, and load. A few of each here; `SANDBOX_STRESS=full` makes as many
/// as are promised, which takes some minutes.
@Suite("Under stress", .serialized) struct StressTests {
  private static let isFull = getenv("SANDBOX_STRESS").map { String(cString: $0) } == "full"

  /// Who looks after the hosts is a process of its own: their orphans become its children.
  private func probe(_ arguments: [String]) throws -> Unjailed.Result {
    try Unjailed.run("\(SwiftPayload.buildDirectory)/StressProbe", arguments)
  }

  private func expectOK(_ arguments: String...) throws {
    let result = try probe(arguments)
    #expect(result.status == 0 && result.output.hasPrefix("ok"), "\(arguments): \(result.status) \(result.output)")
  }

  @Test(arguments: ["spawning", "prepared-spawning"]) func `a host that is killed at any moment of a spawn leaves nothing`(
    _ kind: String
  ) throws {
    try expectOK("kill-hosts", kind, "1", Self.isFull ? "250" : "20")
  }

  @Test(arguments: ["holding", "prepared-holding"]) func `a host that is killed takes all its jails with it`(_ kind: String)
    throws
  {
    try expectOK("kill-hosts", kind, Self.isFull ? "100" : "10", Self.isFull ? "10" : "1")
  }

  @Test func `a process that a host leaves is found`() throws {
    let result = try probe(["kill-hosts", "control", "1", "1"])
    #expect(result.status == 1 << 8 && result.output.contains("Name: sleep"), "\(result.status) \(result.output)")
  }

  @Test(arguments: [["launcher"], ["init"], ["payload"], ["init", "prepared"], ["payload", "prepared"]])
  func `a part of a jail that is killed at any moment is told by its right name, and leaves nothing`(_ part: [String]) throws {
    let result = try probe(["kill-parts", part[0], Self.isFull ? "500" : "25"] + part.dropFirst())
    #expect(result.status == 0 && result.output.hasPrefix("ok"), "\(part): \(result.status) \(result.output)")
  }

  @Test func `spawns in a row and at once in a busy host: none fails, and nothing grows or stays`() throws {
    if Self.isFull { try expectOK("load", "10000", "200", "64") } else { try expectOK("load", "100", "30", "16") }
  }
}
