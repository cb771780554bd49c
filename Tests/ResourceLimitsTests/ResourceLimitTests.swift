import Foundation
import ResourceLimits
import SandboxPlanning
import Testing

@Suite("The table of resource limits")
struct ResourceLimitTableTests {
  static let header = "/usr/include/asm-generic/resource.h"

  @Test(.enabled(if: FileManager.default.isReadableFile(atPath: header), "no kernel headers; every building lane has them"))
  func `it is the kernel's`() throws {
    var numbers: [String: Int] = [:]
    for line in try String(contentsOfFile: Self.header, encoding: .utf8).split(separator: "\n") {
      let words = line.replacing("#", with: " ").split { $0 == " " || $0 == "\t" }
      guard words.count > 2, words[0] == "define", words[1].hasPrefix("RLIMIT_"), let number = Int(words[2]) else { continue }
      numbers[String(words[1])] = number
    }
    #expect(numbers.count == 16, "the header was understood: \(numbers)")
    for limit in ResourceLimit.allCases { #expect(numbers["RLIMIT_" + limit.kernelName.uppercased()] == limit.rawValue) }
    #expect(ResourceLimit.allCases.count == numbers.count)
  }

  @Test func `a limit is found by each of its names`() {
    for name in ["openFiles", "nofile", "NOFILE", "RLIMIT_NOFILE"] { #expect(ResourceLimit(named: name) == .openFiles) }
    for name in ["", "openfiles!", "rlimit_"] { #expect(ResourceLimit(named: name) == nil) }
  }

  @Test func `no name stands twice`() {
    #expect(Set(ResourceLimit.allCases.map(\.name)).count == ResourceLimit.allCases.count)
  }
}

@Suite("A policy of resource limits")
struct ResourceLimitPolicyTests {
  @Test func `a soft limit above the hard one is a problem, and names its part`() {
    var policy = ResourceLimitPolicy()
    #expect(policy.problems(at: "limits").isEmpty)
    policy[.openFiles] = .init(soft: 10, hard: 5)
    #expect(policy.problems(at: "limits").map(\.path) == ["limits.openFiles"])
    policy[.openFiles] = 5
    #expect(policy.problems(at: "limits").isEmpty)
  }

  @Test func `what no host allows is a problem, unless it is clamped`() {
    var policy = ResourceLimitPolicy()
    (policy.openFiles, policy.nice, policy.realtimePriority, policy.cpuTime) = (.infinite, 41, 100, .infinite)
    #expect(policy.problems(at: "limits").map(\.path) == ["limits.openFiles", "limits.nice", "limits.realtimePriority"])
    policy.openFiles = policy.openFiles?.clamped
    (policy.nice, policy.realtimePriority) = (40, 99)
    #expect(policy.problems(at: "limits").isEmpty)
  }

  @Test func `only what is not clamped is raised`() {
    var policy = ResourceLimitPolicy()
    #expect(policy.launcherOperations(at: "limits").isEmpty)
    policy.openFiles = .init(soft: 1, hard: 2)
    policy.cpuTime = ResourceLimitBounds(3).clamped
    #expect(policy.launcherOperations(at: "limits").map(\.operation) == [.raiseResourceLimit(kind: 7, hard: 2)])
  }

  @Test func `nil is not managed`() {
    var policy = ResourceLimitPolicy()
    #expect(policy.managed.contains { $0.limit == .coreDump })
    policy[.coreDump] = nil
    #expect(!policy.managed.contains { $0.limit == .coreDump })
  }

  @Test func `a policy reads what it has written`() throws {
    var policy = ResourceLimitPolicy()
    policy[.openFiles] = 256
    policy[.stack] = nil
    policy[.cpuTime] = .init(soft: 1, hard: .max)
    policy[.addressSpace] = .init(soft: 1 << 30, hard: 1 << 31, lowersToHost: true)
    let json = try JSONEncoder().encode(policy)
    #expect(try JSONDecoder().decode(ResourceLimitPolicy.self, from: json) == policy)
    #expect(try JSONDecoder().decode(ResourceLimitPolicy.self, from: Data("{}".utf8)) == ResourceLimitPolicy())
  }

  @Test(arguments: [#"{"openFile": 1}"#, #"{"openFiles": "many"}"#, #"{"openFiles": -1}"#, #"{"openFiles": {"hard": 1}}"#])
  func `what is no policy is an error`(_ json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(ResourceLimitPolicy.self, from: Data(json.utf8)) }
  }
}
