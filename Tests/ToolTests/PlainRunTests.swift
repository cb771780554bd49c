import Glibc
import Sandbox
import StrictJSON
import Testing

@testable import SandboxTool

/// `run -- program …`, which is not parsed, is what the parser would have made of it.
@Suite("A command line without options") struct PlainRunTests {
  @Test(arguments: [
    ["true"], ["a", "--", "b"], ["sh", "-c", "x y", ""], ["--help"], ["--version", "--uid", "7"], ["run", "--", "run"],
  ])
  func `it is what the parser makes of it`(words: [String]) throws {
    let plain = try #require(ProgramRun(plain: ["run", "--"] + words))
    let parsed = try #require(try SandboxCommand.parseAsRoot(["run", "--"] + words) as? RunCommand)
    #expect(try StrictJSON.encode(plain.policy()) == StrictJSON.encode(parsed.policy.sandbox()))
    #expect(plain.printsPolicy == parsed.printsPolicy && plain.reportFile == nil && plain.jailerFile == nil)
    #expect(parsed.reportFile == nil && parsed.jailerFile == nil)
    let (mine, theirs) = (try plain.program(), try parsed.program.command())
    #expect("\(mine)" == "\(theirs)")
    #expect([mine.executable] + mine.arguments == words && mine.environment == theirs.environment)
  }

  @Test(arguments: [
    [], ["run"], ["run", "--"], ["run", "true"], ["run", "--tty", "--", "true"], ["exec", "--", "true"],
    ["--", "run", "--", "true"],
  ])
  func `anything else is the parser's`(arguments: [String]) {
    #expect(ProgramRun(plain: arguments) == nil)
  }

  @Test(arguments: [["run", "--uid", "7", "--", "true"], ["doctor"], ["explain", "--", "true"], ["jailer", "file"]])
  func `a subcommand by itself is parsed as within the tree`(arguments: [String]) throws {
    let (alone, whole) = (try SandboxCommand.parsed(arguments), try SandboxCommand.parseAsRoot(arguments))
    #expect("\(alone)" == "\(whole)" && type(of: alone) == type(of: whole))
  }

  @Test(arguments: [
    ["run"], ["run", "--help"], ["run", "-h"], ["run", "--version"], ["run", "--nothing", "--", "true"], ["run", "help"],
    ["run", "--rlimit", "x", "--", "true"], ["help", "run"], ["help"], ["doctor", "--help"], ["jailer"],
    ["--generate-completion-script"], ["run", "--generate-completion-script", "bash"], ["run", "--experimental-dump-help"],
  ])
  func `what is wrong is told by the whole`(arguments: [String]) throws {
    func told(_ parse: () throws -> Any) -> String {
      do {
        return "\(type(of: try parse()))"
      } catch {
        return "\(SandboxCommand.exitCode(for: error)) \(SandboxCommand.fullMessage(for: error))"
      }
    }
    #expect(told { try SandboxCommand.parsed(arguments) } == told { try SandboxCommand.parseAsRoot(arguments) })
  }

  @Test func `a pipe is read once, of a command line that is wrong, too`() throws {
    var ends: [CInt] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { close(ends[0]) }
    #expect(write(ends[1], "x\n", 2) == 2)
    let file = "/dev/fd/\(ends[0]):/x"
    let wrong = ["run", "--file", file, "--root", "/a", "--root-rw", "/b", "--", "true"]
    close(ends[1])
    // A second reading would find it empty, or wait for somebody to write.
    let error = #expect(throws: (any Error).self) { try SandboxCommand.parsed(wrong) }
    #expect(error.map { SandboxCommand.message(for: $0) }?.contains("a jail has one root") == true)
    let right = try #require(try SandboxCommand.parsed(["run", "--file", file, "--", "true"]) as? RunCommand)
    #expect(String(decoding: try StrictJSON.encode(right.policy.sandbox()), as: UTF8.self).contains(#""text" : "x\n""#))
  }
}
