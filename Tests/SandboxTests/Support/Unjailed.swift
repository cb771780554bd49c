import Glibc

/// A program run without any jail: the positive control of a denial.
enum Unjailed {
  struct Result: Equatable {
    var status: CInt
    var output: String
  }

  struct Failure: Error { let errno: CInt }

  /// posix_spawn(3), its standard output collected, its standard error the test's own.
  static func run(_ program: String, _ arguments: [String], input: CInt? = nil) throws -> Result {
    // A file without a name, and no pipe: other tests start programs at the same time, which would inherit its ends.
    let temporary: CInt = 0o20200000  // O_TMPFILE
    let output = open("/tmp", temporary | O_RDWR | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw Failure(errno: errno) }
    defer { close(output) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    if let input { posix_spawn_file_actions_adddup2(&actions, input, 0) }
    defer { posix_spawn_file_actions_destroy(&actions) }
    let copies: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { (text: String) in strdup(text) } + [nil]
    defer { for copy in copies { free(copy) } }
    var pid: pid_t = 0
    let error = posix_spawn(&pid, program, &actions, nil, copies, environ)
    guard error == 0 else { throw Failure(errno: error) }
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let size = Int(lseek(output, 0, SEEK_END))
    var bytes = [UInt8](repeating: 0, count: size)
    guard pread(output, &bytes, size, 0) == size else { throw Failure(errno: errno) }
    return Result(status: status, output: String(decoding: bytes, as: UTF8.self))
  }

  /// A limit of this process, by the kernel's number.
  static func limit(_ kind: Int) -> rlimit {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(UInt32(kind)), &limit)
    return limit
  }

  static func python(_ program: String) throws -> String {
    try run("/usr/bin/python3", ["-c", program]).output
  }
}
