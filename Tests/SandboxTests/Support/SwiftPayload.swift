import Glibc
import Sandbox

/// The Swift program of this package that tests run inside a jail, and what it needs there.
enum SwiftPayload {
  /// Beside the test executable, which a lane may have copied elsewhere.
  static let path: String = {
    let own = try? Unjailed.run("/usr/bin/readlink", ["-f", "/proc/\(getpid())/exe"]).output
    let directory = own.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) } ?? "."
    for candidate in ["\(directory)/SwiftPayload"] where access(candidate, X_OK) == 0 { return candidate }
    return buildDirectory + "/SwiftPayload"
  }()

  /// The directory of the test bundle's executable, which is loaded into `swiftpm-testing-helper` elsewhere.
  static let buildDirectory: String = {
    let maps = (try? Text.of("/proc/self/maps")) ?? ""
    let line = maps.split(separator: "\n").first { $0.hasSuffix(".xctest") }
    guard let line, let start = line.firstIndex(of: "/"), let end = line.lastIndex(of: "/") else { return "." }
    return String(line[start..<end])
  }()

  static var isAvailable: Bool { access(path, X_OK) == 0 && libraries != nil }

  /// The directory of the Swift runtime's libraries, from this process's own mappings.
  static let libraries: String? = {
    let maps = (try? Text.of("/proc/self/maps")) ?? ""
    guard let line = maps.split(separator: "\n").first(where: { $0.hasSuffix("/libswiftCore.so") }),
      let start = line.firstIndex(of: "/"), let end = line.lastIndex(of: "/")
    else { return nil }
    return String(line[start..<end])
  }()
}
