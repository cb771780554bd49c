import StrictJSON
import SystemPackage

/// The tool's own files.
enum HostFile {
  /// Larger than any policy: a device that never ends, given by mistake, must not fill the memory.
  private static let largest = 64 << 20

  static func contents(of path: String) throws(ToolFailure) -> [UInt8] {
    let bytes: [UInt8]?
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      bytes = try file.closeAfter { try contents(of: file) }
    } catch {
      throw ToolFailure("\(path): \(error)")
    }
    guard let bytes else { throw ToolFailure("\(path): it is larger than \(largest >> 20) MiB") }
    return bytes
  }

  /// Nil where there are more.
  private static func contents(of file: FileDescriptor) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= largest {
      let n = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
      if n == 0 { return bytes }
      bytes += chunk[..<n]
    }
    return nil
  }

  static func write(_ bytes: [UInt8], to number: CInt) throws(ToolFailure) {
    do {
      try FileDescriptor(rawValue: number).writeAll(bytes)
    } catch {
      throw ToolFailure("standard output: \(error)")
    }
  }
}

/// The file of `--report`, opened before anything runs.
struct ReportFile {
  private let path: String
  private let file: FileDescriptor

  init(_ path: String) throws(ToolFailure) {
    self.path = path
    do {
      file = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw ToolFailure("--report: \(path): \(error)")
    }
  }

  /// Gives the report's exit status.
  func write(_ report: ToolReport) throws -> Int32 {
    try write(contents: report)
    return report.exitStatus
  }

  func write(contents: some Encodable) throws {
    let bytes = try StrictJSON.encode(contents)
    do {
      try file.closeAfter { _ = try file.writeAll(bytes) }
    } catch {
      throw ToolFailure("--report: \(path): \(error)")
    }
  }
}
