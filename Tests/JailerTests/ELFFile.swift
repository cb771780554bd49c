/// As much of an ELF file (64 bits, little-endian) as the tests of the image look at.
struct ELFFile {
  struct Segment {
    let type: UInt32
    let flags: UInt32
  }

  static let executable: UInt16 = 2  // ET_EXEC
  static let load: UInt32 = 1, dynamic: UInt32 = 2, interpreter: UInt32 = 3, stack: UInt32 = 0x6474_e551
  static let canExecute: UInt32 = 1, canWrite: UInt32 = 2

  let type: UInt16
  let machine: UInt16
  let segments: [Segment]

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 64, Array(bytes[..<6]) == [0x7f, 0x45, 0x4c, 0x46, 2, 1] else { return nil }
    func number<N: FixedWidthInteger>(_ offset: Int, as: N.Type) -> N {
      N(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: N.self) })
    }
    type = number(16, as: UInt16.self)
    machine = number(18, as: UInt16.self)
    let start = Int(number(32, as: UInt64.self))
    let (size, count) = (Int(number(54, as: UInt16.self)), Int(number(56, as: UInt16.self)))
    guard start >= 64, start + size * count <= bytes.count else { return nil }
    segments = (0..<count).map { index in
      Segment(
        type: number(start + index * size, as: UInt32.self), flags: number(start + index * size + 4, as: UInt32.self))
    }
  }

  func has(_ type: UInt32) -> Bool { segments.contains { $0.type == type } }
}
