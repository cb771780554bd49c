import ArgumentParser
import Sandbox
import StrictJSON

struct ExecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Becomes a program in a closed box: no fork, no init.",
    usage: "sandbox exec [options] -- program [argument ...]",
    discussion: """
      As a service manager's ExecStart or a shell's exec would use it: the tool jails its own process and becomes the program, \
      which keeps its process number, its streams and its terminal. Nobody is left to relay, to forward signals, to wait, or to \
      end what the program leaves behind.

      Its default is the closed box of "run" less what takes a fork: the pid namespace, and with it the fresh /proc. So the \
      program has no /proc, and can signal what else runs as the same user outside: an ordinary user's own processes; where root \
      begins, nobody's. Regular files, pipes and terminals among its streams are its own, not relayed; a directory is refused. \
      There is no --deadline and no --tty.

      Exit status: the program's own; 127 if it was not found, 126 if it could not be executed; 125 if the jail could not be set \
      up, or the command line or the policy is wrong.
      """)

  @OptionGroup var policy: PolicyOptions
  @OptionGroup var program: CommandOptions

  @Flag(name: .customLong("print-policy"), help: "Prints the policy as JSON, and becomes nothing.")
  var printsPolicy = false

  @Option(
    name: .customLong("report"),
    help: .init("Writes what will hold to a file, as JSON, before it becomes the program.", valueName: "file"))
  var reportFile: String?

  func validate() throws {
    if !printsPolicy, program.words.isEmpty { throw ValidationError("no program is given: write it after \"--\"") }
    if program.hasTerminal { throw ValidationError("--tty: a program that the tool becomes keeps the terminal that there is") }
    if policy.policyFile == nil { _ = try policy.sandbox(from: .inPlace) }
    if !program.words.isEmpty { _ = try program.command() }
  }

  /// What the report says: nobody is left to tell how the program ends, nor, where the entry fails half-way, that it did.
  private struct Entering: Encodable {
    let written = "before it entered: an exit status of 125 to 127 may say that this did not come"
    let enforcement: ToolReport.Enforcement
  }

  /// The exit status, where it did not become the program.
  func perform() -> Int32 {
    do {
      let sandbox = try policy.sandbox(from: .inPlace)
      if printsPolicy {
        try HostFile.write(try StrictJSON.encode(sandbox), to: 1)
        return 0
      }
      var command = try program.command()
      command.input = .inherited
      command.output = .inherited
      command.error = .inherited
      if let reportFile {
        let report = try ReportFile(reportFile)
        let enforcement: Sandbox.Enforcement
        do throws(Sandbox.Error) {
          enforcement = try sandbox.enforcement(forExec: command)
        } catch {
          complain(error.prefixed)
          return try report.write(ToolReport(error))
        }
        try report.write(contents: Entering(enforcement: .init(enforcement)))
      }
      do throws(Sandbox.Error) {
        try sandbox.exec(command)
      } catch {
        // Nothing has changed, then: what the report has told of did not come.
        complain(error.prefixed)
        guard let reportFile else { return ToolStatus.of(error) }
        return try ReportFile(reportFile).write(ToolReport(error))
      }
    } catch let error as Sandbox.Error {
      complain(error.prefixed)
      return ToolStatus.of(error)
    } catch {
      complain("sandbox: \((error as? ToolFailure)?.message ?? "\(error)")")
      return ToolStatus.failed
    }
  }
}
