internal import SandboxKernel

/// What a loader reads of a program or a library: elf(5), 64 bit, little-endian.
struct ELFFile: Hashable, Sendable {
  enum Kind: Hashable, Sendable { case executable, sharedObject, other }

  var kind: Kind
  var machine: UInt16
  /// PT_INTERP; nil where it is linked statically, or a library.
  var interpreter: String?
  /// DT_NEEDED, in order, and DT_FILTER and DT_AUXILIARY.
  var needed: [String] = []
  /// What DT_AUXILIARY names: used where it exists.
  var auxiliary: Set<String> = []
  var soname: String?
  var rpath: [String]?
  var runpath: [String]?
  /// DF_1_NODEFLIB: not from the default directories.
  var avoidsDefaults = false
  /// What of it is larger than that of any program that is meant to run, as a sentence's end: it may be made to waste time.
  var excess: String?

  private static let mostNeeded = 256, mostDirectories = 64, longestName = 255, longestDirectories = 16_384

  static let ownMachine: UInt16 = {
    #if arch(arm64)
      183
    #else
      62
    #endif
  }()

  /// nil where it is no such file.
  init?(_ path: String) {
    guard let file = HostFileBytes(path) else { return nil }
    let header = file.bytes(at: 0, count: 64)
    guard header.count == 64, header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
    kind = header.number(at: 16, size: 2) == 2 ? .executable : header.number(at: 16, size: 2) == 3 ? .sharedObject : .other
    machine = UInt16(header.number(at: 18, size: 2))
    let entrySize = Int(header.number(at: 54, size: 2)), count = Int(header.number(at: 56, size: 2))
    guard entrySize == 56, count > 0, count <= 4096 else { return nil }
    let table = file.bytes(at: header.number(at: 32, size: 8), count: entrySize * count)
    guard table.count == entrySize * count else { return nil }

    var segments: [Segment] = []
    for index in 0..<count { segments.append(Segment(table, at: index * entrySize)) }
    if let segment = segments.first(where: { $0.type == 3 }) {
      let text = file.bytes(at: segment.offset, count: Int(min(segment.size, 4096)))
      guard let end = text.firstIndex(of: 0), end > 0 else { return nil }
      interpreter = String(decoding: text[..<end], as: UTF8.self)
    }
    guard let dynamic = segments.first(where: { $0.type == 2 }) else { return }
    readDynamic(file.bytes(at: dynamic.offset, count: Int(min(dynamic.size, 1 << 16))), of: file, in: segments)
  }

  private struct Segment {
    let type, offset, address, size: UInt64

    init(_ table: [UInt8], at start: Int) {
      type = table.number(at: start, size: 4)
      offset = table.number(at: start + 8, size: 8)
      address = table.number(at: start + 16, size: 8)
      size = table.number(at: start + 32, size: 8)
    }
  }

  private mutating func readDynamic(_ bytes: [UInt8], of file: borrowing HostFileBytes, in segments: [Segment]) {
    var entries: [(tag: UInt64, value: UInt64)] = []
    for start in stride(from: 0, to: bytes.count - 15, by: 16) {
      let tag = bytes.number(at: start, size: 8)
      if tag == 0 { break }
      entries.append((tag, bytes.number(at: start + 8, size: 8)))
    }
    guard let strings = entries.first(where: { $0.tag == 5 })?.value,
      let segment = segments.first(where: { $0.type == 1 && $0.address <= strings && strings - $0.address < $0.size })
    else { return }
    let start = strings - segment.address &+ segment.offset
    for (tag, value) in entries {
      switch tag {
      case 1, 0x7fff_ffff: addNeeded(at: start &+ value, of: file)
      case 0x7fff_fffd: if let name = addNeeded(at: start &+ value, of: file) { auxiliary.insert(name) }
      case 14: soname = string(at: start &+ value, of: file, most: Self.longestName)
      case 15: rpath = directories(at: start &+ value, of: file)
      case 29: runpath = directories(at: start &+ value, of: file)
      case 0x6fff_fffb: avoidsDefaults = value & 0x800 != 0
      default: break
      }
    }
  }

  @discardableResult
  private mutating func addNeeded(at offset: UInt64, of file: borrowing HostFileBytes) -> String? {
    guard needed.count < Self.mostNeeded else {
      excess = "is linked with more than \(Self.mostNeeded) libraries"
      return nil
    }
    guard let name = string(at: offset, of: file, most: Self.longestName) else { return nil }
    needed.append(name)
    return name
  }

  private mutating func string(at offset: UInt64, of file: borrowing HostFileBytes, most: Int) -> String? {
    let bytes = file.bytes(at: offset, count: most + 1)
    guard let end = bytes.firstIndex(of: 0) else {
      excess = "has a name of more than \(most) bytes"
      return nil
    }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }

  /// An empty one would be the working directory, which nobody means.
  private mutating func directories(at offset: UInt64, of file: borrowing HostFileBytes) -> [String]? {
    guard let text = string(at: offset, of: file, most: Self.longestDirectories) else { return nil }
    let directories = text.utf8.split(whereSeparator: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ";") }).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard directories.count <= Self.mostDirectories else {
      excess = "names more than \(Self.mostDirectories) directories of libraries"
      return nil
    }
    return directories
  }
}

extension [UInt8] {
  /// A little-endian number; 0 beyond the end.
  func number(at start: Int, size: Int) -> UInt64 {
    guard start >= 0, start + size <= count else { return 0 }
    return self[start..<start + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A string that a NUL ends; nil beyond the end.
  func string(at start: Int) -> String? {
    guard start >= 0, start < count, let end = self[start...].firstIndex(of: 0) else { return nil }
    return String(decoding: self[start..<end], as: UTF8.self)
  }
}
