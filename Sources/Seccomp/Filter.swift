/// Rules as programs that the kernel takes.
package struct Filter: Sendable {
  package let rules: FilterRules
  /// In the order in which they are loaded; of what they say about a call, the strictest counts.
  package let programs: [BPFProgram]

  /// Makes the one program that says all of it (``FilterAssembler``). What that makes of every rule of this package is held
  /// against the rules, against libseccomp's programs and against the kernel by tests, and so not once more in each process.
  package init(_ rules: FilterRules) throws(FilterError) {
    self.rules = rules
    do throws(BPFError) {
      programs = [try FilterAssembler.program(for: rules)]
    } catch {
      throw .program(error)
    }
  }

  /// Takes programs that someone else has made, once they have been checked against the rules.
  package init(_ rules: FilterRules, programs: [BPFProgram]) throws(FilterError) {
    self.rules = rules
    self.programs = programs
    try check()
  }

  /// What the programs together say about a call; nil if it is none of our actions.
  package func action(for call: SystemCallData) -> FilterAction? {
    var strictest: FilterAction?
    for program in programs {
      guard let answer = FilterAction(returnValue: program.returnValue(for: call)) else { return nil }
      strictest = strictest.map { answer.prevails(over: $0) ? answer : $0 } ?? answer
    }
    return strictest
  }
}
