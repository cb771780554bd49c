package import SystemPackage

/// A call that is refused for what its arguments say. It applies when every one of its conditions holds.
package struct ArgumentRule: Hashable, Sendable {
  package let call: String
  package let conditions: [ArgumentCondition]
  package let errno: Errno

  package init(_ call: String, _ conditions: ArgumentCondition..., errno: Errno) {
    self.call = call
    self.conditions = conditions
    self.errno = errno
  }

  package func applies(to arguments: [UInt64]) -> Bool { conditions.allSatisfy { $0.holds(for: arguments) } }
}

/// What a rule asks of one argument.
///
/// Of its low 32 bits alone: the arguments that are compared here are an `int`, a mode or a set of flags, whose upper half
/// the kernel ignores. A comparison of the whole register would be evaded by setting a bit there (CVE-2019-10063).
package struct ArgumentCondition: Hashable, Sendable {
  package enum Test: Hashable, Sendable {
    /// One of the patterns matches.
    case matchesOne([BitPattern])
    /// None of the patterns matches.
    case matchesNone([BitPattern])
    /// At least one of these bits is set.
    case hasAny(UInt32)
  }

  /// Counted from zero.
  package let argument: Int
  package let test: Test

  package static func argument(_ index: Int, _ test: Test) -> ArgumentCondition {
    ArgumentCondition(argument: index, test: test)
  }

  package func holds(for arguments: [UInt64]) -> Bool {
    let word = UInt32(truncatingIfNeeded: arguments[argument])
    return switch test {
    case .matchesOne(let patterns): patterns.contains { $0.matches(word) }
    case .matchesNone(let patterns): !patterns.contains { $0.matches(word) }
    case .hasAny(let bits): word & bits != 0
    }
  }

  /// The same as alternatives, each of which a filter can compare in one step.
  var alternatives: [BitPattern] {
    switch test {
    case .matchesOne(let patterns): patterns
    case .matchesNone(let patterns): BitPattern.complement(of: patterns)
    case .hasAny(let bits): (0..<32).map { 1 << $0 }.filter { bits & $0 != 0 }.map { BitPattern(mask: $0, value: $0) }
    }
  }
}
