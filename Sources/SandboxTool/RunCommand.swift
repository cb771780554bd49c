import ArgumentParser

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
    await ProgramRun(
      policy: { try policy.sandbox() }, program: { try program.command() }, printsPolicy: printsPolicy,
      reportFile: reportFile, jailerFile: jailerFile
    ).perform()
  }
}
