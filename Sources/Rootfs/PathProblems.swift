/// What is wrong with a path, whatever stands there.
enum PathProblems {
  /// nil where nothing is.
  static func problem(of path: String) -> String? {
    if path.isEmpty { return "the path is empty" }
    if path.utf8.contains(0) { return "the path contains a NUL byte" }
    if path.utf8.count > 4095 { return "the path is longer than 4,095 bytes" }
    if !path.hasPrefix("/") { return "\"\(path)\" is not absolute" }
    if path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }) { return "\"\(path)\" contains \".\" or \"..\"" }
    if path.split(separator: "/").contains(where: { $0.utf8.count > 255 }) { return "a name in it is longer than 255 bytes" }
    return nil
  }
}
