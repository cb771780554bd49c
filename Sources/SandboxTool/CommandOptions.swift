import ArgumentParser
import Sandbox

/// The options that make a command, and the program itself.
struct CommandOptions: ParsableArguments {
  @Option(name: .customLong("setenv"), help: .init("Sets a variable of the program's environment.", valueName: "name=value"))
  var variables: [String] = []

  @Option(
    name: .customLong("keep-env"), help: .init("Keeps a variable of the host's environment, where it is set.", valueName: "name"))
  var kept: [String] = []

  @Flag(
    name: .customLong("tty"),
    help: "Runs the program on a terminal of the jail's own, joined to this one. Without it, a terminal is a pipe to it.")
  var hasTerminal = false

  @Argument(
    parsing: .postTerminator,
    help: .init("The program and its arguments; a name without \"/\" is searched for inside.", valueName: "program"))
  var words: [String] = []

  func command() throws -> Sandbox.Command {
    guard let program = words.first else { throw ValidationError("no program is given: write it after \"--\"") }
    var command = Sandbox.Command(program, arguments: Array(words.dropFirst()), environment: try environment())
    if hasTerminal { command.terminal = CallerTerminal.size ?? .init() }
    return command
  }

  private func environment() throws -> Sandbox.Environment {
    var environment = Sandbox.Environment.standard.keeping(kept)
    for text in variables {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        throw ValidationError("--setenv: \"\(text)\" is not name=value; --keep-env \(text) keeps the host's")
      }
      guard !kept.contains(parts[0]) else {
        throw ValidationError("--setenv and --keep-env contradict each other about \(parts[0])")
      }
      environment[parts[0]] = parts[1]
    }
    return environment
  }
}
