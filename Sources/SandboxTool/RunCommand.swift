import ArgumentParser
import Sandbox
import StrictJSON

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a program in a closed box.",
    usage: "sandbox run [options] -- program [argument ...]",
    discussion: """
      The program inherits standard input, output and error; a regular file, a pipe or a terminal among them is relayed, and \
      is a pipe to it: for a shell or an editor there is --tty. INT, TERM, HUP, QUIT, USR1, USR2, \
      ALRM, VTALRM, PROF, XCPU and IO are forwarded to it, but for those that the caller has ignored (TERM, USR1 and USR2 always). \
      One that asks to end, and comes before the program runs, ends that; a second one does so at once.

      Exit status: the program's own; 128+n if signal n killed it; 127 if it was not found, 126 if it could not be executed; \
      125 if the jail could not be set up, or the command line or the policy is wrong; 124 if the deadline ended it. \
      --report tells the tool's own from the program's.
      """)

  @OptionGroup var policy: PolicyOptions
  @OptionGroup var program: CommandOptions

  @Flag(name: .customLong("print-policy"), help: "Prints the policy as JSON, and runs nothing.")
  var printsPolicy = false

  @Option(name: .customLong("report"), help: .init("Writes what came of it to a file, as JSON.", valueName: "file"))
  var reportFile: String?

  @Option(
    name: .customLong("jailer"),
    help: .init("The jailer in a file, where no memfd may be executed: see \"sandbox help jailer\".", valueName: "file"))
  var jailerFile: String?

  func validate() throws {
    if !printsPolicy, program.words.isEmpty { throw ValidationError("no program is given: write it after \"--\"") }
    // So that a wrong option is told with the usage.
    if policy.policyFile == nil { _ = try policy.sandbox() }
    if !program.words.isEmpty { _ = try program.command() }
  }

  /// The exit status.
  func perform() async -> Int32 {
    let report: ReportFile?
    do {
      if printsPolicy {
        try HostFile.write(try StrictJSON.encode(try policy.sandbox()), to: 1)
        return 0
      }
      // Before anything runs: a report that cannot be written must not be noticed afterwards.
      report = try reportFile.map { try ReportFile($0) }
    } catch {
      complain((error as? Sandbox.Error)?.prefixed ?? "sandbox: \((error as? ToolFailure)?.message ?? "\(error)")")
      return ToolStatus.failed
    }
    do {
      let outcome = try await run()
      for (stream, count) in outcome.cut.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        let name = stream == .standardOutput ? "standard output" : "standard error"
        complain("sandbox: \(count) bytes of the program's \(name) are lost: nobody took them in time")
      }
      return try report?.write(ToolReport(outcome)) ?? ToolReport(outcome).exitStatus
    } catch let error as Sandbox.Error {
      complain(error.prefixed)
      do {
        return try report?.write(ToolReport(error)) ?? ToolStatus.of(error)
      } catch {
        complain("sandbox: \(error)")
        return ToolStatus.failed
      }
    } catch {
      complain("sandbox: \((error as? ToolFailure)?.message ?? "\(error)")")
      return ToolStatus.failed
    }
  }

  private func run() async throws -> Sandbox.Outcome {
    let sandbox = try policy.sandbox()
    var command = try program.command()
    command.input = .inherited
    command.output = .inherited
    command.error = .inherited
    if let jailerFile { try Sandbox.Jailer.use(fileAt: jailerFile) }
    let process = try await SignalForwarding.spawn(command, in: sandbox)
    let terminal = command.terminal == nil ? nil : CallerTerminal.raw()
    defer { terminal?.restore() }
    return try await process.wait()
  }
}
