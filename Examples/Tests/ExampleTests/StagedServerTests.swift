import Glibc
import Testing

/// A server that stands in a network namespace of its own, on port 80, and what the kernel says of it from outside.
private final class StagedServer {
  let folder: String
  let pid: pid_t
  private let input: CInt
  private let output: UnsafeMutablePointer<FILE>

  static let path = ExampleTests.directory + "/staged-server"

  init() throws {
    var template = Array("/tmp/staged-server.XXXXXX".utf8CString)
    folder = String(cString: mkdtemp(&template))
    chmod(folder, 0o755)
    mkdir(folder + "/root", 0o755)
    let key = fopen(folder + "/key", "we")!
    fputs("a secret of 24 bytes....", key)
    fclose(key)
    chmod(folder + "/key", 0o600)
    // unshare(1) and the shell become the server: the number is one.
    let script = "ip link set lo up 2>/dev/null; exec '\(Self.path)' 80 '\(folder)/root' '\(folder)/log' '\(folder)/key' 2>&1"
    var ends: [CInt] = [0, 0]
    socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    let words: [UnsafeMutablePointer<CChar>?] =
      ["unshare", "--net", "sh", "-c", script].map { (text: String) in strdup(text) } + [nil]
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    let result = posix_spawnp(&pid, "unshare", &actions, nil, words, environ)
    close(ends[1])
    self.pid = pid
    input = ends[0]
    output = fdopen(ends[0], "r")
    try #require(result == 0)
  }

  deinit {
    kill(pid, SIGKILL)
    var status: CInt = 0
    waitpid(pid, &status, 0)
    fclose(output)
    _ = Self.shell("rm -rf '\(folder)'")
  }

  func line() -> String? {
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    return getline(&line, &capacity, output) < 0 ? nil : line.map { String(cString: $0).replacing("\n", with: "") }
  }

  func enter() { write(input, "\n", 1) }

  static func shell(_ script: String) -> String {
    let pipe = popen(script, "re")!
    defer { pclose(pipe) }
    return ExampleTests.text(from: pipe)
  }

  /// The body of the answer to a request that is made in its network namespace.
  func ask(_ uri: String) -> String {
    let request =
      #"exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET %s HTTP/1.1\r\nhost: here\r\n\r\n' \#(uri) >&3; timeout 20 cat <&3"#
    let answer = Self.shell("nsenter --net=/proc/\(pid)/ns/net bash -c \"\(request.replacing("\"", with: "\\\""))\" 2>&1")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(answer)")
    return answer.firstRange(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
  }

  private var threads: [Substring] { Self.shell("ls /proc/\(pid)/task").split(separator: "\n") }

  /// What each thread's status says of this, from outside.
  func statuses(_ field: String) -> [String] {
    threads.compactMap { thread in
      ExampleTests.text(of: "/proc/\(pid)/task/\(thread)/status").split(separator: "\n").first { $0.hasPrefix("\(field):") }
        .map { $0.dropFirst(field.count + 1).split(whereSeparator: \.isWhitespace).joined(separator: " ") }
    }
  }

  var roots: Set<String> {
    Set(Self.shell("for task in /proc/\(pid)/task/*; do readlink $task/root; done").split(separator: "\n").map(String.init))
  }

  var descriptors: String { Self.shell("for fd in /proc/\(pid)/fd/*; do readlink $fd; done") }
}

extension ExampleTests {
  @Test(
    .enabled(if: geteuid() == 0, "port 80, another root and another user take root's rights"),
    .enabled(
      if: access(StagedServer.path, X_OK) == 0 || getenv("CI") != nil,
      "it is built apart, since it needs SwiftNIO: Scripts/test --lane examples"))
  func `staged-server`() throws {
    let server = try StagedServer()
    let first = try #require(server.line())
    try #require(first.hasPrefix("bound to port 80;"), "\(first)")

    // What each thread is before: root, with root's capabilities, in the host's root, without a filter.
    #expect(server.statuses("Uid").count == 5)
    #expect(Set(server.statuses("Uid")) == ["0 0 0 0"])
    #expect(!server.statuses("CapEff").contains("0000000000000000"))
    #expect(Set(server.statuses("NoNewPrivs")) == ["0"])
    #expect(Set(server.statuses("Seccomp")) == ["0"])
    #expect(server.roots == ["/"])
    server.enter()
    var said = ""
    while let line = server.line(), line != "serving" { said += line + "\n" }
    #expect(!said.contains("not enforced"), "\(said)")

    #expect(server.ask("/") == "a key of 24 bytes, and 0 files in the root\n")
    #expect(server.statuses("Uid").count == 5)
    #expect(Set(server.statuses("Uid")) == ["65534 65534 65534 65534"])
    #expect(Set(server.statuses("Gid")) == ["65534 65534 65534 65534"])
    #expect(Set(server.statuses("Groups")) == [""])
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
      #expect(Set(server.statuses(set)) == ["0000000000000000"], "\(set)")
    }
    #expect(Set(server.statuses("NoNewPrivs")) == ["1"])
    #expect(Set(server.statuses("Seccomp")) == ["2"])
    #expect(server.roots == [server.folder + "/root"])
    // Empty, and not its own to write.
    #expect(Self.text(of: server.folder + "/log").contains("GET /\n"))
    #expect(!server.descriptors.contains("/key") && server.descriptors.contains("/log"), "\(server.descriptors)")
    #expect(StagedServer.shell("stat -c '%a %u' '\(server.folder)/root'; ls '\(server.folder)/root'") == "755 0\n")

    // A later stage only tightens.
    #expect(Self.text(of: "/proc/\(server.pid)/limits").contains("Max open files            1024                 4096 "))
    #expect(server.ask("/widen").contains("limits.openFiles: 8192 is above the hard limit in force"))
    #expect(server.ask("/narrow").contains("limits.openFiles: "))
    #expect(Self.text(of: "/proc/\(server.pid)/limits").contains("Max open files            32                   32 "))
    #expect(Set(server.statuses("Seccomp_filters")) == ["2"])
    #expect(server.ask("/") == "a key of 24 bytes, and 0 files in the root\n", "it goes on")
  }
}
