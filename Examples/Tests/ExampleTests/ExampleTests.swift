import Glibc
import Testing

/// Runs each example, and reads what it prints.
@Suite struct ExampleTests {
  /// Where the examples were built: the directory of this test bundle.
  static let directory: String = {
    let bundle = text(of: "/proc/self/maps").split(separator: "\n").first { $0.hasSuffix(".xctest") } ?? "/."
    return String(bundle[bundle.firstIndex(of: "/")!..<bundle.lastIndex(of: "/")!])
  }()

  static func text(of path: String) -> String {
    guard let file = fopen(path, "rb") else { return "" }
    defer { fclose(file) }
    return text(from: file)
  }

  static func text(from file: UnsafeMutablePointer<FILE>) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let n = fread(&chunk, 1, chunk.count, file)
      if n == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<n]
    }
  }

  static func run(_ line: String) -> (status: Int32, output: String) {
    let pipe = popen("'\(directory)'/\(line)", "re")!
    let output = text(from: pipe)
    return (pclose(pipe), output)
  }

  @Test func `closed-box`() {
    let result = Self.run("closed-box")
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("output:      42\nstatus:      exited with status 0\nverdict:     finished\nenforcement: "))
    #expect(result.output.contains("\nusage:       "))
  }

  @Test func `empty-root`() {
    let result = Self.run("empty-root \"$(command -v busybox)\"")
    #expect(result.status == 0)
    #expect(result.output == "the root contains: busybox\nwriting to it:     touch: /file: Read-only file system\n")
  }
}
