import Foundation

/// A file below Sources/, with the module that it belongs to.
struct SourceFile {
  let module: String
  let path: String
  let text: String

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The package's folder, as it was when this was compiled.
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Whether the sources are here: a lane for another user or kernel runs the built executable alone.
  static var areHere: Bool { FileManager.default.isReadableFile(atPath: package.appending(path: "Package.swift").path) }

  /// Every file below Sources/ whose name ends in one of these.
  static func all(_ suffixes: String...) throws -> [SourceFile] {
    let sources = package.appending(path: "Sources")
    return try FileManager.default.subpathsOfDirectory(atPath: sources.path).sorted().compactMap { path in
      guard suffixes.contains(where: path.hasSuffix) else { return nil }
      let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
      return SourceFile(module: String(path.prefix { $0 != "/" }), path: path, text: text)
    }
  }
}
