internal import SandboxKernel

/// /etc/ld.so.cache, in which ldconfig(8) says where libraries lie.
struct LoaderCache: Sendable {
  static let path = "/etc/ld.so.cache"
  private var places: [String: [String]] = [:]

  /// Empty where there is none, or it has another form.
  init() {
    if let file = HostFileBytes(Self.path) {
      self.init(file.bytes(at: 0, count: 64 << 20))
    } else {
      self.init([])
    }
  }

  init(_ bytes: [UInt8]) {
    guard let start = Self.start(of: bytes) else { return }
    for index in 0..<Int(bytes.number(at: start + 20, size: 4)) {
      let entry = start + 48 + index * 24
      guard entry + 24 <= bytes.count, let name = bytes.string(at: start + Int(bytes.number(at: entry + 4, size: 4))),
        let place = bytes.string(at: start + Int(bytes.number(at: entry + 8, size: 4)))
      else { return }
      places[name, default: []].append(place)
    }
  }

  /// Where the form of glibc 2.2 and later begins: at once, or behind an older one.
  private static func start(of bytes: [UInt8]) -> Int? {
    let magic = Array("glibc-ld.so.cache1.1".utf8), old = Array("ld.so-1.7.0\0".utf8)
    if bytes.starts(with: magic) { return 0 }
    guard bytes.starts(with: old) else { return nil }
    let start = (16 + Int(bytes.number(at: 12, size: 4)) * 12 + 7) / 8 * 8
    return start < bytes.count && bytes[start...].starts(with: magic) ? start : nil
  }

  /// Of libraries of any processor.
  subscript(name: String) -> [String] { places[name] ?? [] }
}
