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

  static func split(_ output: String, at heading: String) -> [String] {
    output.split(separator: "\n", omittingEmptySubsequences: false).split(separator: Substring(heading))
      .map { $0.joined(separator: "\n") }
  }

  /// The lines below a heading, up to the next one, without their indentation.
  static func part(_ heading: String, of output: String) -> [String] {
    let lines = output.split(separator: "\n").map(String.init)
    guard let start = lines.firstIndex(where: { $0.hasPrefix(heading) }) else { return [] }
    return lines[(start + 1)...].prefix { $0.hasPrefix(" ") }.map { String($0.drop { $0 == " " }) }
  }

  @Test func `own-hostname`() throws {
    let result = Self.run("own-hostname")
    #expect(result.status == 0)
    let lines = result.output.split(separator: "\n").map { $0.drop { $0 != ":" }.dropFirst().drop { $0 == " " } }
    try #require(lines.count == 5, "\(result.output)")
    let (before, first, after, closed) = (lines[0], lines[1], lines[3], lines[4])
    #expect(before == after && before.contains(", uts:["))
    #expect(first.hasPrefix("jail, uts:[") && first.drop { $0 != "," } != before.drop { $0 != "," })
    #expect(result.output.contains(" renamed, uts:["))
    #expect(closed == "jail, then: hostname: you must be root to change the host name")
  }

  @Test func `own-mounts`() throws {
    let result = Self.run("own-mounts")
    #expect(result.status == 0)
    let host = Self.part("the host, before", of: result.output)
    #expect(host.count == 2 && host[0].hasPrefix("mnt:["))
    #expect(Self.part("the host, after", of: result.output) == host)
    let jail = Self.part("the jail", of: result.output)
    try #require(jail.count == 4, "\(result.output)")
    #expect(jail[0].hasSuffix("the root: tmpfs") && jail[0].prefix { $0 != "," } != host[0].prefix { $0 != "," })
    #expect(jail[1] == "/mnt: 0 mounted over it, in it: ")
    #expect(jail[3] == "/mnt: 1 mounted over it, in it: written-inside ")
    let refused = Self.part("the closed box", of: result.output)
    #expect(refused.first == "mount: /mnt: permission denied.")
  }

  @Test func `own-processes`() throws {
    let result = Self.run("own-processes")
    #expect(result.status == 0)
    let host = Self.part("the host, before", of: result.output)
    #expect(host.count == 2 && host[1].hasSuffix(" is there"))
    #expect(Self.part("the host, after", of: result.output).last == host[1])
    let jail = Self.part("the jail", of: result.output)
    try #require(jail.count == 6, "\(result.output)")
    #expect(jail[0].hasSuffix("a shell with the number 2 and the parent 1"))
    #expect(jail[1].hasSuffix(" is not there"))
    // The init, itself, and the child that it has started.
    for (line, start) in zip(jail[2...4], ["it sees 1, ", "it sees 2, bash", "it sees "]) { #expect(line.hasPrefix(start)) }
    #expect(jail[5] == "it kills everyone that it may: its own child ended with status 137")
  }

  @Test func `own-network`() throws {
    let result = Self.run("own-network")
    #expect(result.status == 0)
    let runs = Self.split(result.output, at: "--- with the host's network ---")
    try #require(runs.count == 2)
    let host = Self.part("the host, before", of: runs[0])
    #expect(host.count == 2 && host[1] == "port 47113: nobody listens")
    #expect(Self.part("the host, meanwhile", of: runs[0]) == host)
    #expect(Self.part("the host, after", of: runs[0]) == host)
    let jail = Self.part("the jail", of: runs[0])
    try #require(jail.count == 2, "\(result.output)")
    #expect(jail[0].hasSuffix(", interfaces: lo ") && jail[1] == "port 47113 answers")
    // The control.
    let shared = Self.part("the jail", of: runs[1])
    #expect(shared == [host[0], "port 47113 answers"])
    #expect(Self.part("the host, meanwhile", of: runs[1]) == shared)
  }

  @Test func runtime() {
    func runtime(_ arguments: String) -> (status: Int32, output: String) {
      let result = Self.run("runtime \(arguments) 2>&1")
      return (result.status >> 8, result.output)
    }
    #expect(runtime("--hostname box -- sh -c 'uname -n; exit 3'") == (3, "box\n"))
    #expect(runtime("-- sh -c 'kill -TERM $$'") == (143, ""))
    #expect(runtime("--time 1 -- sleep 60") == (124, ""))
    #expect(runtime("-- no-such-program").status == 125)
    #expect(runtime("--files 9 --user 7 -- sh -c 'ulimit -n; id -u'") == (0, "9\n7\n"))
    #expect(runtime("--memory 64MiB -- sh -c 'ulimit -v'") == (0, "65536\n"))
    #expect(runtime("-- sh -c 'grep -c : /proc/net/dev'") == (0, "1\n"))
    let everywhere = String(Self.text(of: "/proc/net/dev").split(separator: "\n").count { $0.contains(":") })
    #expect(runtime("--network -- sh -c 'grep -c : /proc/net/dev'") == (0, everywhere + "\n"))
    for wrong in ["--netwrok -- true", "--files many -- true", "--time 1", ""] {
      let result = runtime(wrong)
      #expect(result.status == 125 && result.output.contains("usage: runtime"), "\(wrong)")
    }
    let missing = runtime("--image /no/such -- true")
    #expect(missing.status == 125 && missing.output.hasPrefix("runtime: filesystem.root.source: \"/no/such\" does not exist"))
  }

  @Test func `runtime with an image`() {
    let shell = """
      set -e; image=$(mktemp -d); volume=$(mktemp -d); trap 'rm -rf $image $volume' EXIT
      mkdir -p $image/usr/bin $image/etc $image/proc $image/dev $image/tmp $image/data; cp "$(command -v busybox)" $image/usr/bin/; ln -s busybox $image/usr/bin/sh
      ln -s usr/bin $image/bin; ln -s /usr/bin $image/sbin; echo image > $image/etc/name; chmod -R a+rX $image
      '\(Self.directory)'/runtime --image $image --volume $volume:/data -- /bin/sh -c '
        busybox cat /etc/name; busybox ls / | busybox tr "\\n" " "; busybox ls /sbin
        echo no > /etc/name; echo written > /data/file' 2>&1
      cat $volume/file
      """
    let pipe = popen(shell, "re")!
    let output = Self.text(from: pipe)
    #expect(pclose(pipe) == 0)
    #expect(
      output == """
        image
        bin data dev etc proc sbin tmp usr busybox
        sh
        /bin/sh: can't create /etc/name: Read-only file system
        written

        """)
  }
}
