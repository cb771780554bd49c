extension Filter {
  /// Runs the programs on every call of the table, on numbers beyond it, on other interfaces, and on both sides of every
  /// argument rule, and compares what they say with the rules.
  ///
  /// Who makes filters has merged comparisons wrongly more than once (libseccomp: CVE-2019-9893, GHSA-4q85-33p6-j5g6), and the
  /// filter is then weaker than asked for, without an error.
  package func check() throws(FilterError) {
    for (call, number, _) in rules.actions {
      try check(call.name, SystemCallData(number, on: rules.architecture))
      try check(call.name, SystemCallData(number, Array(repeating: .max, count: 6), on: rules.architecture))
      for foreign in Self.foreignArchitectures where foreign != rules.architecture.auditArchitecture {
        try check("another architecture", SystemCallData(number, architecture: foreign))
      }
      try check("a call of x32", SystemCallData(number | 0x4000_0000, on: rules.architecture))
      for arguments in rules.rules(for: number).flatMap(\.probes) {
        try check(call.name, SystemCallData(number, arguments, on: rules.architecture))
      }
    }
    for number in Self.unknownNumbers { try check("an unknown call", SystemCallData(number, on: rules.architecture)) }
  }

  private func check(_ name: String, _ call: SystemCallData) throws(FilterError) {
    let expected = rules.action(for: call)
    let actual = action(for: call)
    guard actual == expected else { throw .mismatch(name: name, call, expected: expected, actual: actual) }
  }

  /// AUDIT_ARCH_I386, AUDIT_ARCH_ARM, none, and our own two, each of which is foreign to the other.
  private static let foreignArchitectures: [UInt32] =
    [0x4000_0003, 0x4000_0028, 0] + Architecture.allCases.map(\.auditArchitecture)

  /// Every number about as large as the table's, and those around each power of two.
  private static let unknownNumbers: [UInt32] =
    Array(0..<1024) + (10..<32).flatMap { [1 << $0 - 1, 1 << $0, 1 << $0 + 1] } + [.max - 1, .max]
}

extension ArgumentRule {
  /// Arguments on both sides of the rule: each argument takes all of its own interesting words while the others take a
  /// few, so that each condition is seen to decide while the others hold and while they do not.
  fileprivate var probes: [[UInt64]] {
    conditions.indices.flatMap { varied in
      conditions.indices.reduce([[UInt64](repeating: 0, count: 6)]) { partial, position in
        let condition = conditions[position]
        let words = position == varied ? condition.neighbours : Set(condition.sides.map(UInt64.init))
        return partial.flatMap { before in
          words.map { word in
            var after = before
            after[condition.argument] = word
            return after
          }
        }
      }
    }
  }
}

extension ArgumentCondition {
  /// Where the answer changes.
  private var turningPoints: [UInt32] {
    switch test {
    case .matchesOne(let patterns), .matchesNone(let patterns): patterns.flatMap { [$0.value, $0.value | ~$0.mask] }
    case .hasAny(let bits): [0, ~bits]
    }
  }

  /// A few words for which it holds, and a few for which it does not.
  fileprivate var sides: Set<UInt32> {
    var sides = Set(turningPoints + [0, .max])
    if case .hasAny = test { sides.formUnion(alternatives.map(\.value)) }
    return sides
  }

  /// Words that are one bit away from where the answer changes, and all that a program compares with, with the bits that
  /// it must not look at empty and full. The upper half of the register is the payload's to fill, and means nothing.
  fileprivate var neighbours: Set<UInt64> {
    let compared = alternatives.flatMap { pattern in
      // Where alternatives overlap, another one would hide that this is missing.
      if case .hasAny(let bits) = test {
        [pattern.value, pattern.value | ~bits]
      } else {
        [pattern.value, pattern.value | ~pattern.mask]
      }
    }
    let near = turningPoints.flatMap { word in [word] + (0..<32).map { word ^ 1 << $0 } }
    return Set((compared + near).map(UInt64.init) + (compared + sides).map { UInt64($0) | 0xffff_ffff << 32 })
  }
}
