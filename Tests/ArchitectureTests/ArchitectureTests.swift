import Testing

@Suite("Architecture", .enabled(if: SourceFile.areHere, "the sources are not here; the lane that builds them runs this"))
struct ArchitectureTests {
  @Test func `imports point down`() throws {
    let files = try SourceFile.all(".swift")
    #expect(files.count > 50, "the files were found")
    #expect(files.contains { $0.lines.contains { Rules.importedModule($0)?.module == "SandboxPlanning" } })
    #expect(Rules.imports(files) == [])
  }

  @Test func `nothing but Sandbox is public at the top level of the module Sandbox`() throws {
    #expect(Rules.publicNames(try SourceFile.all(".swift")) == [])
  }

  @Test func `a file holds one thing`() throws {
    #expect(Rules.lengths(try SourceFile.all(".swift", ".c", ".h")) == [])
  }

  @Test func `what runs between clone and exec includes nothing of a C library`() throws {
    let files = try SourceFile.all(".c", ".h")
    #expect(files.contains { $0.module == "Jailer" } && files.contains { $0.module == "CSyscalls" })
    #expect(Rules.includes(files) == [])
  }
}
