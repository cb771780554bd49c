import ArgumentParser
import Sandbox
import StrictJSON

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows what would be done to run a program in a closed box, and runs nothing.",
    usage: "sandbox explain [options] -- program [argument ...]",
    discussion: "A line a step: its number, the process that does it, what it does, and the part of the policy it comes from.")

  @OptionGroup var policy: PolicyOptions
  @OptionGroup var program: CommandOptions

  @Flag(name: .customLong("json"), help: "As JSON: the policy, the plan, and what of it holds on this host.")
  var asJSON = false

  func validate() throws {
    if program.words.isEmpty { throw ValidationError("no program is given: write it after \"--\"") }
    if policy.policyFile == nil { _ = try policy.sandbox() }
    _ = try program.command()
  }

  private struct Explanation: Encodable {
    let policy: Sandbox
    let plan: Plan
    let enforcement: ToolReport.Enforcement
  }

  func perform() throws -> Int32 {
    let sandbox = try policy.sandbox()
    let command = try program.command()
    let plan = try sandbox.plan(for: command)
    let enforcement = try sandbox.enforcement(for: command)
    if asJSON {
      let explanation = Explanation(policy: sandbox, plan: plan, enforcement: .init(enforcement))
      try HostFile.write(try StrictJSON.encode(explanation), to: 1)
    } else {
      try HostFile.write(Array("\(plan)\n\nenforcement: \(enforcement)\n".utf8), to: 1)
    }
    return 0
  }
}
