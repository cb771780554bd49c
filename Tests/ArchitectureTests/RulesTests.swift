import Testing

/// The rules are held against files that break them: a check that cannot fail would check nothing.
@Suite("The rules of the architecture")
struct RulesTests {
  private func file(_ module: String, _ text: String) -> SourceFile {
    SourceFile(module: module, path: "\(module)/File.swift", text: text)
  }

  @Test(arguments: [
    ("Namespaces", "import Rootfs"), ("Namespaces", "package import Sandbox"), ("SandboxKernel", "internal import Jailer"),
    ("SandboxKernel", "public import SandboxPlanning"), ("CSyscalls", "import SandboxKernel"), ("Sandbox", "import OCI"),
    ("Namespaces", "import Foundation"), ("SandboxTool", "import Foundation"), ("Sandbox", "import FoundationEssentials"),
    ("Sandbox", "import ArgumentParser"), ("Sandbox", "import StrictJSON"),
    ("Seccomp", "import Jailer"), ("Cgroups", "import SandboxPlanning"), ("Sandbox", "import Glibc"),
    ("Sandbox", "import Foundation.NSURL"), ("Sandbox", "import struct Foundation.Data"),
    ("Sandbox", "  @preconcurrency import Foundation // indeed"), ("Unknown", "import CSyscalls"), ("Sandbox", "import Unknown"),
    ("Seccomp", "@_exported public import SandboxPlanning"),
  ])
  func `an import that breaks a rule is reported`(_ module: String, _ line: String) {
    #expect(Rules.imports([file(module, "// A file.\n\(line)\n")]).count == 1)
  }

  @Test(arguments: [
    ("Namespaces", "package import SandboxPlanning"),
    ("Sandbox", "@_exported public import Namespaces"), ("SandboxTool", "import FoundationEssentials"),
    ("SandboxTool", "import Sandbox"), ("SandboxTool", "internal import StrictJSON"), ("Cgroups", "import SandboxKernel"),
    ("Sandbox", "internal import JailerImage"), ("Rootfs", "// import Foundation"),
    ("Rootfs", "let text = \"import Foundation\""),
  ])
  func `an import that follows them is not`(_ module: String, _ line: String) {
    #expect(Rules.imports([file(module, "\(line)\n")]) == [])
  }

  @Test(arguments: [
    "public struct Outcome {}", "public enum Verdict: Sendable {", "public final class Process {", "public func run() {",
    "public typealias Box = Sandbox", "@frozen public struct Outcome {", "public let sandbox = 1", "public actor Pool {",
    "#if os(Linux)\n  public struct Outcome {}\n#endif", "public struct Outcome<T> {}",
  ])
  func `a public name beside Sandbox is reported`(_ text: String) {
    #expect(Rules.publicNames([file("Sandbox", "\(text)\n")]).count == 1)
    #expect(Rules.publicNames([file("Seccomp", "\(text)\n")]) == [], "other modules have names of their own")
  }

  @Test(arguments: [
    "public struct Sandbox: Sendable {", "extension Sandbox {\n  public struct Outcome {}\n}", "struct Outcome {}",
    "package struct Outcome {}", "@_exported public import Namespaces", "#if os(Linux)\n  import Glibc\n#endif",
    "extension Sandbox {\n  #if DEBUG\n    public struct Outcome {}\n  #endif\n}",
  ])
  func `what is nested or not public is not`(_ text: String) {
    #expect(Rules.publicNames([file("Sandbox", "\(text)\n")]) == [])
  }

  @Test func `a long file is reported`() {
    let line = "// One more.\n"
    #expect(Rules.lengths([file("Sandbox", String(repeating: line, count: 401))]).count == 1)
    #expect(Rules.lengths([file("Sandbox", String(repeating: line, count: 400))]) == [])
  }

  @Test func `an include of the C library is reported`() {
    #expect(Rules.includes([file("Jailer", "#include <string.h>\n")]).count == 1)
    #expect(Rules.includes([file("Jailer", "#include <stdint.h>\n#include \"jailer.h\"\n")]) == [])
  }
}
