import Glibc

/// The time of the monotonic clock, in nanoseconds.
func now() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The CPU time of this process and of all that it has waited for, in nanoseconds.
func usedCPU() -> UInt64 {
  var sum: UInt64 = 0
  for who in [RUSAGE_SELF.rawValue, RUSAGE_CHILDREN.rawValue] {
    var usage = rusage()
    getrusage(__rusage_who_t(who), &usage)
    sum += UInt64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000_000
    sum += UInt64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000
  }
  return sum
}

/// A child process, spawned and waited for as plainly as may be.
struct Child {
  let pid: pid_t

  /// What a descriptor of the child is.
  enum Stream {
    case null
    case inherited
    case descriptor(CInt)
    case file(String, flags: CInt)
  }

  init(_ arguments: [String], environment: [String] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], streams: [CInt: Stream] = [:])
    throws
  {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in ([0: .null, 1: .null, 2: .null] as [CInt: Stream]).merging(streams, uniquingKeysWith: { $1 }) {
      switch stream {
      case .null: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
      case .inherited: break
      case .descriptor(let other): posix_spawn_file_actions_adddup2(&actions, other, number)
      case .file(let path, let flags): posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o644)
      }
    }
    var pid: pid_t = 0
    let error = Self.withPointers(arguments) { arguments in
      Self.withPointers(environment) { posix_spawn(&pid, arguments[0]!, &actions, nil, arguments, $0) }
    }
    guard error == 0 else { throw Failure("\(arguments[0]): \(String(cString: strerror(error)))") }
    self.pid = pid
  }

  private static func withPointers<R>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
  }

  /// Its exit status, or 128 and its signal.
  @discardableResult func wait() -> Int {
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    return status & 0x7f == 0 ? Int(status >> 8 & 0xff) : 128 + Int(status & 0x7f)
  }

  func kill() { Glibc.kill(pid, SIGKILL) }
}

/// What is in a directory; nothing where it cannot be read.
func entries(of directory: String) -> [String] {
  guard let stream = opendir(directory) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if !name.hasPrefix(".") { names.append(name) }
  }
  return names
}

/// All of a file; nil where it cannot be read.
func contents(of path: String) -> String? {
  guard let file = fopen(path, "re") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Writes a file anew.
func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws {
  guard let file = fopen(path, "we") else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
  let written = bytes.isEmpty ? 0 : fwrite(bytes, 1, bytes.count, file)
  guard fclose(file) == 0, written == bytes.count else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
  chmod(path, mode)
}

/// A folder that is gone with the benchmark.
final class Workplace: Sendable {
  let path: String
  init() throws {
    var template = Array("/tmp/sandbox-benchmark.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("mkdtemp: \(String(cString: strerror(errno)))") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, 0o755)
  }
  deinit { _ = try? Child(["/bin/rm", "-rf", "--one-file-system", path]).wait() }

  func file(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws -> String {
    let full = "\(path)/\(name)"
    try write(bytes, to: full, mode: mode)
    return full
  }
}

/// Where a program is that `PATH` would find.
func find(_ program: String) -> String? {
  ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
}

/// A line on standard error.
func tell(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  // Progress: where nobody reads it, nothing is lost.
  _ = Glibc.write(2, bytes, bytes.count)
}

/// A text on standard output, at once.
func say(_ text: String) throws {
  var bytes = Array((text + "\n").utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
    guard count > 0 || errno == EINTR else { throw Failure("standard output: \(String(cString: strerror(errno)))") }
    bytes = bytes.dropFirst(max(0, count))
  }
}

/// A pipe whose ends no other child inherits.
func makePipe() throws -> (read: CInt, write: CInt) {
  var ends: [CInt] = [0, 0]
  guard pipe(&ends) == 0 else { throw Failure("pipe: \(String(cString: strerror(errno)))") }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}
