extension Filter {
  /// Runs the programs on every call of the table, on numbers beyond it, on other interfaces, and on both sides of every
  /// argument rule, and compares what they say with the rules.
  ///
  /// libseccomp has merged comparisons wrongly more than once (CVE-2019-9893, GHSA-4q85-33p6-j5g6), and the filter is then
  /// weaker than asked for, without an error. So none is loaded that an evaluator of our own has not found right.
  func check() throws(FilterError) {
    for (call, number, _) in rules.actions {
      try check(call.name, SystemCallData(number, on: rules.architecture))
      try check(call.name, SystemCallData(number, Array(repeating: .max, count: 6), on: rules.architecture))
      for foreign in Self.foreignArchitectures where foreign != rules.architecture.auditArchitecture {
        try check("another architecture", SystemCallData(number, architecture: foreign))
      }
      try check("a call of x32", SystemCallData(number | 0x4000_0000, on: rules.architecture))
      for arguments in rules.rules(for: number).probes { try check(call.name, SystemCallData(number, arguments, on: rules.architecture)) }
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

extension [ArgumentRule] {
  /// Arguments on both sides of each rule of one call: each argument takes all of its own interesting words while the
  /// others take a few.
  fileprivate var probes: [[UInt64]] {
    let conditions = flatMap(\.conditions)
    let arguments = Set(conditions.map(\.argument)).sorted()
    let tests = arguments.map { index in conditions.filter { $0.argument == index }.map(\.test) }
    let few = tests.map { Set($0.flatMap(\.sides)).map(UInt64.init) }
    return arguments.indices.flatMap { varied in
      // The upper half of the register is the payload's to fill, and means nothing.
      let many = Set(tests[varied].flatMap(\.neighbours)).map(UInt64.init) + few[varied].map { $0 | 0xffff_ffff << 32 }
      return arguments.indices.reduce([[UInt64](repeating: 0, count: 6)]) { partial, position in
        partial.flatMap { before in
          (position == varied ? many : few[position]).map { value in
            var after = before
            after[arguments[position]] = value
            return after
          }
        }
      }
    }
  }
}

extension ArgumentCondition.Test {
  /// Words for which it holds, and words for which it does not.
  fileprivate var sides: [UInt32] {
    switch self {
    case .matchesOne(let patterns), .matchesNone(let patterns): patterns.map(\.value) + [0, .max]
    case .hasAny(let bits): [0, bits, ~bits]
    }
  }

  /// These, and words that are one bit away from where the answer changes.
  fileprivate var neighbours: [UInt32] {
    let turningPoints =
      switch self {
      case .matchesOne(let patterns), .matchesNone(let patterns): patterns.map(\.value)
      case .hasAny: [UInt32(0)]
      }
    return sides + turningPoints.flatMap { word in (0..<32).map { word ^ 1 << $0 } }
  }
}
