import Foundation
import Testing

/// The threat model names, for each of its promises, the tests that hold it; the page of the guards, what fails without each.
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

  // MARK: The guards

  /// A row of Tests/Guards/table: what is taken out of which file, and which test then fails.
  private struct Guard {
    var what: String
    var edits: [(file: String, text: [String])] = []
    var test = ""
  }

  private static func guards() throws -> [Guard] {
    let path = SourceFile.package.appending(path: "Tests/Guards/table")
    var guards: [Guard] = []
    for line in try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let rest = parts.count == 2 ? parts[1] : ""
      switch parts[0] {
      case "what": guards.append(Guard(what: rest))
      case "in": guards[guards.count - 1].edits.append((rest, []))
      case "-": guards[guards.count - 1].edits[guards[guards.count - 1].edits.count - 1].text.append(rest)
      case "test": guards[guards.count - 1].test = rest
      default: break
      }
    }
    return guards
  }

  @Test func `the page of the guards has the rows of the table by which they are taken out`() throws {
    let page = try String(contentsOf: SourceFile.package.appending(path: "Documentation/Guards.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let guards = try Self.guards()
    #expect(guards.count > 50)
    #expect(rows.map { [$0.first, $0.last] } == guards.map { [$0.what, $0.test] })
    for (row, one) in zip(rows, guards) {
      for edit in one.edits {
        #expect(row[1].contains("`\(edit.file.dropFirst("Sources/".count))`"), "\(one.what): \(edit.file)")
      }
    }
  }

  @Test func `every test and every file of the guards exists, and what is taken out stands there once`() throws {
    let sentences = try Self.sentences()
    for one in try Self.guards() {
      let parts = one.test.split(separator: "/", maxSplits: 1).map(String.init)
      #expect(parts.count == 2 && sentences[parts[0]]?.contains(parts[1]) == true, "\(one.what): \(one.test)")
      #expect(!one.edits.isEmpty, "\(one.what)")
      for edit in one.edits {
        let source = try String(contentsOf: SourceFile.package.appending(path: edit.file), encoding: .utf8)
        let text = edit.text.joined(separator: "\n")
        #expect(!text.isEmpty && source.components(separatedBy: text).count == 2, "\(one.what): \(edit.file): \(text)")
      }
    }
  }
}
