import Glibc
import SandboxKernel
import Testing

@testable import Seccomp

/// The programs that lie in the sources are those that the rules make. `SANDBOX_WRITE_FILTERS=1` writes them anew.
@Suite("Compiled filters") struct CompiledFilterTests {
  private static let keys: [(name: String, key: FilterKey)] = Architecture.allCases.flatMap { architecture in
    [
      ("\(architecture)Payload", .payload(architecture, writableBinds: false)),
      ("\(architecture)WritingPayload", .payload(architecture, writableBinds: true)),
      ("\(architecture)Init", .initProcess(architecture, listsChildren: false)),
      ("\(architecture)ListingInit", .initProcess(architecture, listsChildren: true)),
    ]
  }

  @Test(arguments: keys.map(\.key)) func `are what the rules make`(_ key: FilterKey) throws {
    let compiled = try #require(CompiledFilters.words(key))
    #expect(try key.words() == compiled, "written anew by SANDBOX_WRITE_FILTERS=1 swift test --filter CompiledFilterTests")
    #expect(try BPFProgram(words: compiled).words == compiled, "the kernel takes it")
  }

  @Test func `differ from each other, and of what few jails have there is none`() throws {
    if getenv("SANDBOX_WRITE_FILTERS") != nil { try Self.write() }
    #expect(Set(Self.keys.map { CompiledFilters.words($0.key) }).count == Self.keys.count)
    #expect(CompiledFilters.words(.guards(.current, writableBinds: true, joins: true)) == nil)
  }

  private static func write() throws {
    var text = """
      /// The programs of the filters that nearly every jail has, which would else be made in each process anew: a third of what a
      /// process that makes one jail does until that is cloned. CompiledFilterTests holds them against the rules, and writes this file.
      enum CompiledFilters {
        static func words(_ key: FilterKey) -> [UInt64]? {
          switch key {

      """
    for (name, key) in keys {
      // As a pattern.
      let pattern =
        switch key {
        case .payload(let architecture, let writes): ".payload(.\(architecture), writableBinds: \(writes))"
        case .initProcess(let architecture, let lists): ".initProcess(.\(architecture), listsChildren: \(lists))"
        case .guards: ""
        }
      text += "    case \(pattern): \(name)\n"
    }
    text += "    case .guards: nil\n    }\n  }\n"
    for (name, key) in keys {
      text += "\n  private static let \(name): [UInt64] = [\n"
      let words = try key.words().map { "0x" + String($0, radix: 16) }
      for first in stride(from: 0, to: words.count, by: 6) {
        text += "    " + words[first..<min(first + 6, words.count)].joined(separator: ", ") + ",\n"
      }
      text += "  ]\n"
    }
    text += "}\n"
    let path = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Sources/Seccomp/CompiledFilters.swift"
    let file = try #require(fopen(path, "w"))
    #expect(fputs(text, file) >= 0)
    #expect(fclose(file) == 0)
  }
}
