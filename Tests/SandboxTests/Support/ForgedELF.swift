import Glibc

/// A file that is a program as far as its headers go: elf(5), 64 bit, little-endian.
struct ForgedELF {
  var interpreter: String
  /// Entries of the dynamic section that are strings, by tag.
  var dynamic: [(tag: UInt64, text: String)] = []
  var entrySize = 56
  /// ET_EXEC is 2, ET_DYN 3.
  var kind = 3

  private static let machine: Int = {
    #if arch(arm64)
      183
    #else
      62
    #endif
  }()

  init(interpreter: String) { self.interpreter = interpreter }

  /// Gives the path.
  func written(to path: String) throws -> String {
    let file = fopen(path, "wb")
    guard let file else { throw Text.Unreadable(errno: errno) }
    defer { fclose(file) }
    let bytes = bytes
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count, chmod(path, 0o755) == 0 else { throw Text.Unreadable(errno: errno) }
    return path
  }

  private var bytes: [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    func segment(_ type: Int, _ start: Int, _ size: Int) -> [UInt8] {
      number(type, 4) + number(4, 4) + [start, start, start, size, size, 1].flatMap { number($0, 8) }
    }
    var strings: [UInt8] = [0]
    var entries: [UInt8] = []
    let start = 64 + 3 * 56
    for (tag, text) in dynamic {
      entries += number(Int(tag), 8) + number(strings.count, 8)
      strings += Array(text.utf8) + [0]
    }
    let name = Array(interpreter.utf8) + [0]
    // DT_STRTAB, and the end.
    let size = entries.count + 32, table = start + size
    entries += number(5, 8) + number(table, 8) + number(0, 16)
    let whole = table + strings.count + name.count
    let header: [UInt8] =
      [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + number(0, 9) + number(kind, 2) + number(Self.machine, 2) + number(1, 4) + number(0, 8)
      + number(64, 8) + number(0, 8) + number(0, 4) + number(64, 2) + number(entrySize, 2) + number(3, 2) + number(0, 6)
    return header + segment(1, 0, whole) + segment(2, start, size) + segment(3, table + strings.count, name.count) + entries
      + strings
      + name
  }
}
