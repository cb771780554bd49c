import Sandbox

extension ProgramRun {
  /// What `run -- program argument …` asks for; nil for any other command line.
  ///
  /// The parser finds its options by reflection, each by looking for its type and for what that conforms to, in each process
  /// anew, which takes longer than making the jail. Where there is no option, there is nothing to be parsed.
  init?(plain arguments: [String]) {
    guard arguments.count > 2, arguments[0] == "run", arguments[1] == "--" else { return nil }
    let program = arguments[2], rest = Array(arguments[3...])
    self.init(policy: { Sandbox() }, program: { Sandbox.Command(program, arguments: rest) })
  }
}
