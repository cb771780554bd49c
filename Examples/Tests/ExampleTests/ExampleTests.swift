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

  @Test func `no-capabilities`() {
    let result = Self.run("no-capabilities")
    #expect(result.status == 0)
    let parts = result.output.split(separator: "\n\n").map(String.init)
    #expect(parts.count == 3)
    let sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]
    func listing(_ value: String) -> String { sets.map { "\($0):\t\(value)\n" }.joined() }
    #expect(
      parts[0] == "uid 0 without capabilities:\nuid 0\n" + listing("0000000000000000")
        + "PermissionError: [Errno 1] Operation not permitted")
    #expect(parts[1] == "uid 0 with cap_net_raw:\nuid 0\n" + listing("0000000000002000") + "a raw socket")
    #expect(parts[2].contains("opened: capabilities: the program keeps cap_net_raw"))
  }

  @Test func `one-capability`() {
    let result = Self.run("one-capability")
    #expect(result.status == 0)
    #expect(
      result.output == """
        with cap_net_raw:
        uid 33, ambient 0000000000002000
        ping works
        chown: changing ownership of '/tmp/log': Invalid argument

        without:
        uid 33, ambient 0000000000000000
        ping: socktype: SOCK_RAW
        chown: changing ownership of '/tmp/log': Invalid argument

        """)
  }

  @Test func `jail-yourself`() {
    let result = Self.run("jail-yourself")
    #expect(result.status == 0, "\(result.output)")
    let before = result.output.prefix(upTo: result.output.firstRange(of: "after:")?.lowerBound ?? result.output.endIndex)
    let after = result.output.dropFirst(before.count)
    #expect(before.ranges(of: "NoNewPrivs 0, Seccomp 0").count == 4, "\(result.output)")
    let user = getuid() == 0 ? "65534" : String(getuid())
    let jailed = "Uid \(user), CapEff 0000000000000000, NoNewPrivs 1, Seccomp 2"
    #expect(after.ranges(of: jailed).count == 4, "\(result.output)")
    #expect(after.contains("filter: synchronize-filter") && after.contains("of all 4 threads"), "\(result.output)")
  }

  @Test func `limits-inside`() {
    let result = Self.run("limits-inside")
    #expect(result.status == 0)
    for line in ["-n) 16", "-f) 1024", "-t) 10", "-c) 0"] { #expect(result.output.contains("\(line)\n"), "\(line)") }
    #expect(
      result.output.hasSuffix(
        """

        EMFILE after 16 descriptors
        EMFILE after 32 with the soft limit raised to the hard one
        the hard limit cannot be raised

        no end after 1003 descriptors

        """))
  }

  @Test func `process-limit`() {
    let result = Self.run("process-limit")
    #expect(result.status == 0)
    let lines = result.output.split(separator: "\n").map { String($0.split(separator: ":", maxSplits: 1)[1].drop { $0 == " " }) }
    #expect(lines.count == 5)
    #expect(lines[0] == "100 processes")
    // Fewer before Linux 5.14, where the user's others count.
    for line in lines[1...2] { #expect(line.hasSuffix("processes, then: Resource temporarily unavailable"), "\(line)") }
    #expect(lines[1].split(separator: " ").first.flatMap { Int($0) }.map { $0 <= 18 } == true)
    #expect(lines[3] == "cannot start one process" && lines[4] == "started one")
  }

  @Test func `empty-root`() {
    let result = Self.run("empty-root \"$(command -v busybox)\"")
    #expect(result.status == 0)
    #expect(result.output == "the root contains: busybox\nwriting to it:     touch: /file: Read-only file system\n")
  }
}
