/// The 32-bit words whose bits under a mask have one value: what a filter can compare in one step.
package struct BitPattern: Hashable, Sendable, ExpressibleByIntegerLiteral {
  package let mask: UInt32
  package let value: UInt32

  package init(mask: UInt32, value: UInt32) {
    self.mask = mask
    self.value = value & mask
  }

  /// The one word.
  package init(integerLiteral value: UInt32) { self.init(mask: .max, value: value) }

  package func matches(_ word: UInt32) -> Bool { word & mask == value }

  /// Patterns that together match exactly the words which none of these match.
  ///
  /// A filter has no "none of": libseccomp compares an argument once in a rule, and its "not equal" sees all 64 bits, of
  /// which the kernel ignores the upper half for an `int`. So the complement is spelt out: walking from the highest bit,
  /// whatever leaves the last pattern's way is one pattern.
  package static func complement(of patterns: [BitPattern]) -> [BitPattern] {
    complement(of: patterns, fixed: BitPattern(mask: 0, value: 0), bit: 1 << 31)
  }

  private static func complement(of patterns: [BitPattern], fixed: BitPattern, bit: UInt32) -> [BitPattern] {
    if patterns.isEmpty { return [fixed] }
    // No bit is left below, or none that a pattern asks for: everything here is matched.
    let below = bit == 0 ? 0 : bit | (bit - 1)
    if patterns.contains(where: { $0.mask & below == 0 }) { return [] }
    let next = bit >> 1
    if patterns.allSatisfy({ $0.mask & bit == 0 }) { return complement(of: patterns, fixed: fixed, bit: next) }
    return [0, bit].flatMap { side in
      complement(
        of: patterns.filter { $0.mask & bit == 0 || $0.value & bit == side },
        fixed: BitPattern(mask: fixed.mask | bit, value: fixed.value | side), bit: next)
    }
  }
}
