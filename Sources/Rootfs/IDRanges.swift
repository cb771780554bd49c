/// Ids of a jail, and what they are outside: a line of its user namespace's map.
package struct IDRange: Hashable, Sendable {
  package let inside, outside, count: UInt32

  package init(inside: UInt32, outside: UInt32, count: UInt32 = 1) {
    self.inside = inside
    self.outside = outside
    self.count = count
  }

  /// What a range of the jail's ids is outside; nil where this one does not have all of it.
  func outside(of range: BindIDMap.Range) -> UInt32? {
    let skipped = UInt64(range.inside) &- UInt64(inside)
    guard range.inside >= inside, skipped + UInt64(range.count) <= UInt64(count) else { return nil }
    return outside &+ UInt32(skipped)
  }
}

extension [IDRange] {
  func outside(of range: BindIDMap.Range) -> UInt32? {
    for line in self { if let outside = line.outside(of: range) { return outside } }
    return nil
  }

  /// As a user namespace takes them whose maps say whose files an idmapped mount shows as whose: from the file system's ids to
  /// those outside of the jail.
  func lines(for ranges: [BindIDMap.Range]) -> String {
    ranges.compactMap { range in outside(of: range).map { "\(range.source) \($0) \(range.count)" } }.joined(separator: "\n")
  }
}
