import Foundation
import SandboxPlanning
import Testing

@testable import Seccomp

@Suite("The policy of system calls")
struct SeccompPolicyTests {
  @Test(arguments: [
    (SeccompPolicy.standard, #"["standard"]"#), (.off(because: "a debugger"), #"[{"off":"a debugger"}]"#),
  ])
  func `has a form that can be written and read`(policy: SeccompPolicy, text: String) throws {
    #expect(String(decoding: try JSONEncoder().encode([policy]), as: UTF8.self) == text)
    #expect(try JSONDecoder().decode([SeccompPolicy].self, from: Data(text.utf8)) == [policy])
  }

  @Test(arguments: [#"["strict"]"#, #"[{"of":"a"}]"#, "[{}]", #"[{"off":"a","on":"b"}]"#, "[1]", #"[{"off":1}]"#])
  func `refuses what it does not know`(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([SeccompPolicy].self, from: Data(text.utf8)) }
  }

  @Test func `must have a reason for no filter`() {
    #expect(SeccompPolicy.standard.problems(at: "systemCalls").isEmpty)
    #expect(SeccompPolicy.off(because: "a debugger").problems(at: "systemCalls").isEmpty)
    for empty in ["", " \t"] {
      #expect(SeccompPolicy.off(because: empty).problems(at: "systemCalls").map(\.path) == ["systemCalls"])
    }
  }

  @Test func `is lowered to the payload's last step but exec`() throws {
    let planned = try SeccompPolicy.standard.operations(at: "systemCalls", writableBinds: false)
    #expect(planned.count == 1)
    #expect(planned.allSatisfy { $0.phase == .loadFilter && $0.origin == "systemCalls" })
    let off = SeccompPolicy.off(because: "a debugger")
    #expect(try off.operations(at: "systemCalls", writableBinds: false).isEmpty)
    #expect(try off.operations(at: "systemCalls", writableBinds: true).count == 1, "the set-user-ID bits stay refused")
    #expect(try SeccompPolicy.standard.operations(at: "systemCalls", writableBinds: true) != planned)
    #expect(try SeccompPolicy.standard.operations(at: "systemCalls", writableBinds: false) == planned, "it is made once")
  }

  @Test func `has a filter for the init as well`() throws {
    let planned = try SeccompPolicy.initOperations(at: "systemCalls")
    #expect(planned.count == 1 && planned.allSatisfy { $0.phase == .loadInitFilter })
    guard case .loadFilter(let words) = planned[0].operation else {
      Issue.record("no filter")
      return
    }
    #expect(words.count < 64)
  }

  @Test func `its hints are about its own operations`() {
    for hint in SeccompPolicy.hints {
      #expect(["load-filter", "synchronize-filter"].contains(hint.operation) && hint.call == "seccomp")
    }
    #expect(Set(SeccompPolicy.hints.map { "\($0.operation) \($0.errno)" }).count == SeccompPolicy.hints.count)
  }
}
