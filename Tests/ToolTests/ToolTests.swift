import Dispatch
import Glibc
import Testing

/// The tool as its user calls it.
@Suite("The tool") struct ToolTests {
  struct Result: Sendable {
    var status: Int32
    var output: String
    var error: String
  }

  /// Beside the test bundle, whichever lane runs it.
  static let path: String = {
    let maps = (try? text(of: "/proc/self/maps")) ?? ""
    let line = maps.split(separator: "\n").first { $0.hasSuffix(".xctest") } ?? "/."
    return line[line.firstIndex(of: "/")!..<line.lastIndex(of: "/")!] + "/sandbox"
  }()

  static func text(of path: String) throws -> String {
    struct Unreadable: Error {}
    guard let file = fopen(path, "rb") else { throw Unreadable() }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let n = fread(&chunk, 1, chunk.count, file)
      if n == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<n]
    }
  }

  /// A shell line in which `sandbox` is the tool; its streams are files.
  ///
  /// By a thread of its own: those of the pool, of which there are as many as processors, are for tests that wait for jails.
  static func shell(_ line: String) async throws -> Result {
    await places.take()
    do {
      let result = try await unboundedShell(line)
      await places.giveBack()
      return result
    } catch {
      await places.giveBack()
      throw error
    }
  }

  /// Hundreds of tools at once would leave the processors to nobody else.
  private static let places = Places(4)

  private static func unboundedShell(_ line: String) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "shell").async { continuation.resume(with: Swift.Result { try blockingShell(line) }) }
    }
  }

  private static func blockingShell(_ line: String) throws -> Result {
    var template = Array("/tmp/sandbox-tool-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(errno: errno) }
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = try? spawn(["/bin/rm", "-rf", directory]) }
    let script = "cd '\(directory)'; sandbox() { '\(path)' \"$@\"; }; { \(line)\n} > .out 2> .err"
    let status = try spawn(["/bin/bash", "-c", script])
    return Result(
      status: status & 0x7f == 0 ? status >> 8 & 0xff : 1000 + status & 0x7f, output: try text(of: "\(directory)/.out"),
      error: try text(of: "\(directory)/.err"))
  }

  /// Runs a program to its end, with no signal ignored or blocked: a test's thread may block some, and system(3), if anything
  /// in this process uses it, ignores others meanwhile.
  private static func spawn(_ words: [String]) throws -> CInt {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t(), none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var pid: pid_t = 0
    let copies: [UnsafeMutablePointer<CChar>?] = words.map { (text: String) in strdup(text) } + [nil]
    defer { for copy in copies { free(copy) } }
    let error = posix_spawn(&pid, words[0], nil, &attributes, copies, environ)
    guard error == 0 else { throw Failure(errno: error) }
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status
  }

  struct Failure: Error { let errno: CInt }

  @Test func `runs a program in a closed box`() async throws {
    let result = try await Self.shell("sandbox run -- python3 -c 'print(6 * 7)'")
    #expect(result.output == "42\n" && result.error == "" && result.status == 0)
  }

  @Test(
    arguments: [
      ("sandbox run -- sh -c 'exit 7'", 7), ("sandbox run -- sh -c 'exit 255'", 255),
      ("sandbox run -- sh -c 'kill -TERM $$'", 143),
      ("sandbox run -- sh -c 'kill -KILL $$'", 137), ("sandbox run -- no-such-program", 127), ("sandbox run -- /no/such", 127),
      ("sandbox run -- /etc/passwd", 126), ("sandbox run -- /usr", 126), ("sandbox run --deadline 100ms -- sleep 60", 124),
      ("sandbox run --bind /no/such -- true", 125), ("sandbox run --no-such-option -- true", 125), ("sandbox run", 125),
      ("sandbox", 0), ("sandbox --help", 0), ("sandbox run --help", 0), ("sandbox --version", 0), ("sandbox rnu -- true", 125),
      ("sandbox run --deadline 0s -- true", 125), ("sandbox run --deadline soon -- true", 125), ("sandbox run -- a/b", 125),
      ("sandbox run --setenv A=1 --keep-env A -- true", 125), ("sandbox run --policy /no/such -- true", 125),
      ("sandbox run --report /no/such/report -- true", 125), ("sandbox run --share network -- true", 125),
      ("sandbox run --rlimit nofile=many -- true", 125),
    ] as [(String, Int32)]) func `exits with`(_ line: String, _ status: Int32) async throws
  {
    let result = try await Self.shell(line)
    #expect(result.status == status, "\(result.error)")
    if [124, 0].contains(status) == false, status > 123, status < 128 { #expect(result.error != "", "it says why") }
  }

  @Test func `an unknown option names the nearest`() async throws {
    let result = try await Self.shell("sandbox run --bnid /usr -- true")
    #expect(result.error.contains("--bnid") && result.error.contains("--bind"))
    let share = try await Self.shell("sandbox run --share netwrk=x -- true")
    #expect(share.error.contains("did you mean \"network\"?"))
    let limit = try await Self.shell("sandbox run --rlimit nofiles=1 -- true")
    #expect(limit.error.contains("did you mean \"nofile\"?"))
  }

  @Test func `pipes and files among its streams are relayed`() async throws {
    let result = try await Self.shell(
      """
      seq 100000 | sandbox run -- sort -n -r | head -1
      echo from a file > in; sandbox run -- sh -c 'cat; [ -p /dev/stdin ] && echo piped >&2' < in > out 2>> log; cat out log
      sandbox run -- yes | head -c 4
      """)
    #expect(result.output == "100000\nfrom a file\npiped\ny\ny\n", "\(result.error)")
  }

  @Test(arguments: [
    (#"sandbox run --bind "$(printf '/no\033]0;owned\007\nforged')" -- true"#, #"\u{1b}]0;owned\u{7}\nforged"#),
    (#"sandbox run --bind /usr:/a:"$(printf 'no\033[2J')" -- true"#, #"no\u{1b}[2J"#),
    (#"printf '{"k\\u001b[2J\\u202e": 1}' > p; sandbox run --policy p -- true"#, #"k\u{1b}[2J\u{202e}"#),
    (#"sandbox explain --symlink /l:"$(printf 'a\033[2J\nb')" -- true >&2"#, #"a\u{1b}[2J\nb"#),
    (#"sandbox explain --share network="$(printf 'x\033[2J\nb')" -- true >&2"#, #"x\u{1b}[2J\nb"#),
  ]) func `what a stranger has named does not command the terminal`(_ line: String, _ shown: String) async throws {
    let result = try await Self.shell(line)
    #expect(result.error.contains(shown), "\(result.error.debugDescription)")
    #expect(!result.error.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{7}" || $0 == "\u{202e}" })
    #expect(!result.error.contains("\nforged"))
  }

  @Test func `closed standard streams are empty, and nothing of the tool's own takes their place`() async throws {
    let result = try await Self.shell(
      """
      sandbox run -- sh -c 'cat; exit 3' <&-; echo $?
      sandbox run -- sh -c 'echo x; exit 4' >&-; echo $?
      sandbox run -- sh -c 'echo x >&2; exit 5' 2>&-; echo $?
      sandbox run -- sh -c 'ls -l /proc/self/fd | grep -c /dev/null; exit 6' <&- 2>&-; echo $?
      """)
    #expect(result.output == "3\n4\n5\n2\n6\n", "\(result.error)")
  }

  @Test func `a terminal of the jail's own, with nothing to type`() async throws {
    let result = try await Self.shell("sandbox run --deadline 5s --tty -- sh -c 'cat; tty' < /dev/null; echo $?")
    #expect(result.output == "/dev/pts/0\r\n0\n", "\(result.error)")
  }

  @Test func `output that nobody takes is named`() async throws {
    // More than the caller's pipe holds, and less than that and the jail's own.
    let result = try await Self.shell(
      """
      { sandbox run --deadline 1s -- head -c 100000 /dev/zero; echo $? > status; } | until [ -e status ]; do sleep 0.05; done
      cat status
      """)
    #expect(result.output == "0\n")
    #expect(result.error.contains("bytes of the program's standard output are lost"), "\(result.error)")
  }

  @Test func `options make the policy`() async throws {
    let result = try await Self.shell(
      """
      mkdir work; chmod 777 work; echo seen > work/file
      sandbox run --bind "$PWD/work:/a" --tmpfs /t:1MiB --dir /d --symlink /l:/a/file --chdir /a --setenv X=1 --hostname box \\
        --umask 077 --rlimit nofile=99 --uid 5 --gid 6 -- bash -c 'cat file /l; echo $X; hostname; umask; ulimit -n; id -u; id -g; pwd; ls -d /d; df --output=size -k /t | tail -1'
      KEPT=yes sandbox run --keep-env KEPT -- sh -c 'echo $KEPT'
      """)
    #expect(
      result.output == "seen\nseen\n1\nbox\n0077\n99\n5\n6\n/a\n/d\n 1024\nyes\n".replacing(" 1024", with: "  1024")
        || result.output.contains("1024"), "\(result.output) \(result.error)")
    #expect(result.output.hasPrefix("seen\nseen\n1\nbox\n0077\n99\n5\n6\n/a\n/d\n"))
    #expect(result.output.hasSuffix("\nyes\n"))
  }

  @Test func `mounts are made in the order in which they are written`() async throws {
    let result = try await Self.shell(
      "sandbox run --tmpfs /a --bind /usr/share:/a/share --dir /a/d --symlink /a/l:d -- ls /a && sandbox run --empty-root --bind /usr/share:/s --print-policy"
    )
    #expect(result.output.hasPrefix("d\nl\nshare\n"))
    #expect(result.output.contains("\"source\" : \"/usr/share\""))
  }

  @Test func `a policy as JSON gives the same as the options`() async throws {
    let result = try await Self.shell(
      """
      sandbox run --bind /usr/share:/s --deadline 9s --print-policy > policy
      sandbox run --policy policy --print-policy | diff - policy && echo same
      sandbox run --policy policy -- ls -d /s
      """)
    #expect(result.output == "same\n/s\n", "\(result.error)")
  }

  @Test func `mistakes in a policy are named with their path`() async throws {
    let result = try await Self.shell(
      """
      echo '{"filesystem": {"mounts": [{"bind": {"sorce": "/x"}}]}}' > a; sandbox run --policy a -- true
      echo '{"deadline": "1s", "deadline": "2s"}' > b; sandbox run --policy b -- true
      echo '{"deadline": ' > c; sandbox run --policy c -- true
      for policy in . /dev/zero none; do sandbox run --policy $policy -- true; echo $?; done
      """)
    let lines = result.error.split(separator: "\n")
    #expect(result.output == "125\n125\n125\n")
    #expect(lines.count == 6)
    #expect(lines[3] == "sandbox: --policy: .: Is a directory")
    #expect(lines[4] == "sandbox: --policy: /dev/zero: it is larger than 64 MiB")
    #expect(lines[5] == "sandbox: --policy: none: No such file or directory")
    #expect(lines[0].contains("filesystem.mounts[0].bind.sorce") && lines[0].contains("did you mean \"source\"?"))
    #expect(lines[1].contains("second time"))
    #expect(lines[2].contains("line "))
  }

  @Test func `the report tells the tool's status from the program's`() async throws {
    let result = try await Self.shell(
      """
      for program in 'exit 125' 'exit 124'; do sandbox run --report r -- sh -c "$program"; echo $?; grep -E '"(origin|exitStatus)"' r; done
      sandbox run --report r --bind /no/such -- true 2>/dev/null; echo $?; grep -E '"(origin|exitStatus|kind|path)"' r
      sandbox run --report r --deadline 50ms -- sleep 9; echo $?; grep -E '"(origin|exitStatus)"' r
      """)
    #expect(
      result.output.replacing(" ", with: "") == """
        125
        "exitStatus":125,
        "origin":"payload",
        124
        "exitStatus":124,
        "origin":"payload",
        125
        "kind":"invalid",
        "path":"filesystem.mounts[4].source"
        "exitStatus":125,
        "origin":"sandbox"
        124
        "exitStatus":124,
        "origin":"sandbox",

        """)
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func `completes for the shell`(_ shell: String) async throws {
    let script = try await Self.shell("sandbox --generate-completion-script \(shell)")
    for word in ["run", "explain", "doctor", "exec", "tmpfs", "cap-add", "chroot-to"] {
      #expect(script.output.contains(word), "\(word): \(script.error)")
    }
    guard shell == "bash" else { return }
    let read = try await Self.shell("sandbox --generate-completion-script bash > script; . ./script; complete -p sandbox")
    #expect(read.output.hasPrefix("complete ") && read.output.contains("_sandbox"), "\(read.error)")
  }

  @Test func `explains without running`() async throws {
    let result = try await Self.shell(
      "sandbox explain -- touch /tmp/x; sandbox explain --json -- true | python3 -m json.tool > /dev/null && echo valid")
    #expect(result.output.contains("  execute "))
    #expect(result.output.contains("\nenforcement: "))
    #expect(result.output.hasSuffix("valid\n"), "\(result.error)")
  }

  @Test func `a terminal of the jail's own, joined to the caller's`() async throws {
    let program = """
      import fcntl, os, pty, select, struct, sys, termios, time
      pid, fd = pty.fork()
      if pid == 0:
          time.sleep(0.2)
          os.execv(sys.argv[1], ["sandbox", "run", "--tty", "--setenv", "PS1=> ", "--", "bash", "--norc", "-i"])
      fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
      seen = b""
      def until(text):
          global seen
          end = time.time() + 20
          start = len(seen)
          while text not in seen[start:] and time.time() < end:
              if select.select([fd], [], [], 0.1)[0]:
                  try: seen += os.read(fd, 4096)
                  except OSError: break
      until(b"> ")
      os.write(fd, b"stty size; echo $((1+1))end\\n"); until(b"2end")
      os.write(fd, b"sleep 100\\n"); until(b"sleep 100"); time.sleep(0.5); os.write(fd, b"\\x03"); until(b"> ")
      fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 130, 0, 0)); time.sleep(0.5)
      os.write(fd, b"stty size; echo $((2+2))end\\n"); until(b"4end")
      os.write(fd, b"exit 7\\n"); until(b"never")
      status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
      print(b"40 120" in seen, b"50 130" in seen, b"no job control" in seen, status)
      """
    let result = try await Self.shell("cat > driver.py <<'END'\n\(program)\nEND\npython3 driver.py '\(Self.path)'")
    #expect(result.output == "True True False 7\n", "\(result.error)")
  }
}

/// Room for so many at once.
private actor Places {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) { free = count }

  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func giveBack() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
