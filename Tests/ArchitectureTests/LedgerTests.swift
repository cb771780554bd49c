import Foundation
import Testing

/// The threat model names, for each of its promises, the tests that hold it.
@Suite("The ledger", .enabled(if: SourceFile.areHere, "the sources are not here; the lane that builds them runs this"))
struct LedgerTests {
  private static func page() throws -> String {
    let path = SourceFile.package.appending(path: "Documentation/Sandbox.docc/ThreatModel.md")
    return try String(contentsOf: path, encoding: .utf8)
  }

  /// The lines of a section, up to the next heading.
  private static func section(_ heading: String) throws -> [Substring] {
    let lines = try page().split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: Substring(heading)), "the page has a section \(heading)")
    return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("#") })
  }

  /// Promise by promise, `Suite: sentence`.
  private static func rows() throws -> [(promise: String, tests: [String])] {
    try section("## What holds it").filter { $0.hasPrefix("| ") && $0 != "| promise | suite: test |" }.map { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return (cells[0], cells[1].components(separatedBy: "<br>"))
    }
  }

  /// The sentences of a suite, by the name of its structure.
  private static func sentences() throws -> [String: Set<String>] {
    let tests = SourceFile.package.appending(path: "Tests")
    var found: [String: Set<String>] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: tests.path) where path.hasSuffix("Tests.swift") {
      var suite = ""
      for line in try String(contentsOf: tests.appending(path: path), encoding: .utf8).split(separator: "\n") {
        if let name = line.firstMatch(of: /(?:struct|class) (\w+Tests)\b/) { suite = String(name.1) }
        // A test that is off holds nothing.
        if let test = line.firstMatch(of: /func `([^`]+)`/), !line.contains(".disabled") {
          found[suite, default: []].insert(String(test.1))
        }
      }
    }
    return found
  }

  @Test func `every promise has tests, and every row a promise`() throws {
    let promises = try Self.section("## What holds by default").filter { $0.hasPrefix("- ") }.map { line in
      String(line.dropFirst(2).prefix { $0 != ":" })
    }
    #expect(promises.count >= 10)
    #expect(try Self.rows().map(\.promise) == promises + ["Or the call throws"])
  }

  @Test func `every test that it names exists`() throws {
    let sentences = try Self.sentences()
    #expect(sentences["LedgerTests"]?.contains("every test that it names exists") == true, "the control")
    for (promise, tests) in try Self.rows() {
      #expect(tests.count >= 2, "\(promise)")
      for test in tests {
        let parts = test.split(separator: ": ", maxSplits: 1).map(String.init)
        #expect(parts.count == 2 && sentences[parts[0]]?.contains(parts[1]) == true, "\(promise): \(test)")
      }
    }
  }
}
