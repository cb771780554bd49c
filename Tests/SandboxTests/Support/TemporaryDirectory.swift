import Glibc
import Testing

/// A directory that is gone when its owner is.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/sandbox-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Text.Unreadable(errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { _ = try? Unjailed.run("/bin/rm", ["-rf", path]) }

  func file(_ name: String, _ contents: String, mode: mode_t = 0o644) throws -> String {
    let file = "\(path)/\(name)"
    try Text.write(contents, to: file)
    guard chmod(file, mode) == 0 else { throw Text.Unreadable(errno: errno) }
    return file
  }
}
