import Glibc
import Testing

/// A process that enters a jail, and does what it is told before and after; seen from outside.
final class EnterProbe {
  let pid: pid_t
  private let input, output, errors: CInt
  private var rest: [UInt8] = []
  private var status: CInt?

  static let path: String = {
    let own = try? Unjailed.run("/usr/bin/readlink", ["-f", "/proc/\(getpid())/exe"]).output
    let directory = own.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) } ?? "."
    return access("\(directory)/EnterProbe", X_OK) == 0 ? "\(directory)/EnterProbe" : SwiftPayload.buildDirectory + "/EnterProbe"
  }()

  init(_ program: String = EnterProbe.path, _ arguments: [String] = []) throws {
    var pair: [CInt] = [0, 0]
    guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
      throw Unjailed.Failure(errno: errno)
    }
    let temporary: CInt = 0o20200000  // O_TMPFILE
    errors = open("/tmp", temporary | O_RDWR | O_CLOEXEC, 0o600)
    (input, output) = (pair[0], pair[0])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pair[1], 0)
    posix_spawn_file_actions_adddup2(&actions, pair[1], 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    let copies: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { (text: String) in strdup(text) } + [nil]
    defer { for copy in copies { free(copy) } }
    var pid: pid_t = 0
    let error = posix_spawn(&pid, program, &actions, nil, copies, environ)
    close(pair[1])
    guard error == 0 else { throw Unjailed.Failure(errno: error) }
    self.pid = pid
  }

  deinit {
    if status == nil {
      kill(pid, SIGKILL)
      _ = end()
    }
    close(input)
    close(errors)
  }

  /// The answer; nil where the process has ended instead.
  func ask(_ line: String) -> String? {
    let bytes = Array((line + "\n").utf8)
    guard Glibc.send(input, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else { return nil }
    return self.line()
  }

  func line() -> String? {
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: rest[..<end], as: UTF8.self)
        rest.removeFirst(end + 1)
        return line
      }
      var wait = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 60_000) > 0 else { return nil }
      var chunk = [UInt8](repeating: 0, count: 65536)
      let n = read(output, &chunk, chunk.count)
      guard n > 0 else { return nil }
      rest += chunk[..<n]
    }
  }

  /// Its wait status.
  func end() -> CInt {
    if let status { return status }
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    self.status = status
    return status
  }

  /// What it has written to standard error.
  var complaint: String {
    let size = Int(lseek(errors, 0, SEEK_END))
    var bytes = [UInt8](repeating: 0, count: max(size, 1))
    return String(decoding: bytes[..<max(0, pread(errors, &bytes, size, 0))], as: UTF8.self)
  }

  /// The values of a line of each thread's status, but for those that have ended.
  func statuses(_ field: String) -> [String] {
    threads.compactMap { tid in
      guard let text = try? Text.of("/proc/\(pid)/task/\(tid)/status") else { return nil }
      guard !text.contains("\nState:\tZ"), !text.contains("\nState:\tX") else { return nil }
      // One that ends while it is read shows only its beginning.
      guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(field):") }) else { return nil }
      return line.dropFirst(field.count + 1).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
  }

  var threads: [String] { Leftovers.names(in: "/proc/\(pid)/task").sorted() }
  var descriptors: [String] { Leftovers.names(in: "/proc/\(pid)/fd").sorted() }
}
