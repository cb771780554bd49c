import Testing

@testable import Seccomp

@Suite("A bit pattern")
struct BitPatternTests {
  @Test func `matches the words that have its value under its mask`() {
    let pattern = BitPattern(mask: 0xf, value: 10)
    #expect(pattern.matches(10) && pattern.matches(0xffff_fffa) && !pattern.matches(2))
    #expect((16 as BitPattern).matches(16) && !(16 as BitPattern).matches(0x8000_0010))
  }

  @Test(arguments: [
    [0], [1, 2, 10, 16], [0xffff_ffff], [BitPattern(mask: ~0x0006_0008, value: 0), 0xffff_ffff],
    [BitPattern(mask: 0xff00_00ff, value: 0x1200_0034), BitPattern(mask: 1 << 31, value: 1 << 31)],
  ])
  func `the complement matches exactly what is left`(patterns: [BitPattern]) {
    let complement = BitPattern.complement(of: patterns)
    let interesting = patterns.flatMap { [$0.value, $0.value | ~$0.mask] } + [0, .max]
    let near = interesting.flatMap { word in [word] + (0..<32).map { word ^ 1 << $0 } }
    for word in Array(0..<1024) + near + near.map({ $0 ^ 0x0101_0100 }) {
      let matched = patterns.contains { $0.matches(word) }
      let left = complement.filter { $0.matches(word) }.count
      #expect(left == (matched ? 0 : 1), "\(word)")
    }
  }

  @Test func `the complement of nothing is everything, and of everything nothing`() {
    #expect(BitPattern.complement(of: []) == [BitPattern(mask: 0, value: 0)])
    #expect(BitPattern.complement(of: [BitPattern(mask: 0, value: 0)]) == [])
  }
}
