import StrictJSON
import Testing

@testable import Sandbox
@testable import SandboxPlanning

/// What comes from a policy's file, or from a jail's shared memory, may be anything.
@Suite("Arbitrary input") struct MutationTests {
  /// Numbers that are the same in each run, so that what fails once fails again.
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      // splitmix64
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  private static func mutated(_ bytes: [UInt8], pieces: [[UInt8]], by numbers: inout Numbers) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &numbers) {
      let at = Int.random(in: 0...bytes.count, using: &numbers)
      switch Int.random(in: 0..<4, using: &numbers) {
      case 0: bytes.insert(UInt8.random(in: 0...255, using: &numbers), at: at)
      case 1: bytes.insert(contentsOf: pieces.randomElement(using: &numbers)!, at: at)
      case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0...20, using: &numbers)))
      default: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &numbers) }
      }
    }
    return bytes
  }

  @Test(arguments: [1, 2, 3]) func `a policy is read, or refused with a message that names what is wrong`(_ seed: UInt64) throws {
    var numbers = Numbers(state: seed)
    let policy = Array(CodingTests.golden.utf8)
    let pieces =
      [
        "{", "}", "[", "]", ",", ":", "\"", "null", "1e999", "-1", "\\u0000", "\\ud800", "true", "\"10s\"", "\"9999999999h\"",
        "{\"bind\":{}}", "18446744073709551616", "\"subordinate\"", "[{\"inside\":0}]", "0.5",
      ].map { Array($0.utf8) }
    var read = 0
    for _ in 0..<4000 {
      let text = Self.mutated(policy, pieces: pieces, by: &numbers)
      do throws(StrictJSON.Failure) {
        let sandbox = try StrictJSON.decode(Sandbox.self, from: text)
        read += 1
        // What was read can be written, and read again.
        #expect(try StrictJSON.decode(Sandbox.self, from: try StrictJSON.encode(sandbox)) == sandbox)
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
    #expect(read > 10, "the control: some of it is a policy still")
  }

  @Test(arguments: [4, 5]) func `a report is read, or nil, whatever the jail wrote`(_ seed: UInt64) throws {
    var numbers = Numbers(state: seed)
    let plan = try Sandbox().plan(for: .init("/bin/true"))
    let size = plan.encoded().reportSize
    var whole = 0
    for round in 0..<3000 {
      var bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &numbers) }
      if round % 2 == 0 {
        // With a state that there is, or nothing else would be looked at.
        bytes.replaceSubrange(4..<8, with: [UInt8.random(in: 0...6, using: &numbers), 0, 0, 0])
      }
      let length = round % 3 == 0 ? Int.random(in: 0...size, using: &numbers) : size
      guard let report = Report(Array(bytes[..<length]), stepCount: plan.steps.count) else { continue }
      whole += 1
      // Its failure is about some step of the plan, or says that it is about none.
      let error = Sandbox.error(report, in: plan, on: try Self.host.get())
      #expect(!error.description.isEmpty)
    }
    #expect(whole > 100, "the control: some of it is a report")
  }

  private static let host = Swift.Result { try Sandbox().host() }
}
