import CSyscalls
import Glibc

/// Starts a program, as any C library's user does; its standard output goes to the descriptor given.
func start(_ program: String, _ arguments: [String], output: CInt?) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) }
  let copies: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { (text: String) in strdup(text) } + [nil]
  defer { for copy in copies { free(copy) } }
  var pid: pid_t = 0
  let error = posix_spawn(&pid, program, &actions, nil, copies, environ)
  guard error == 0 else { throw Failure("posix_spawn of \(program): errno \(error)") }
  return pid
}

/// A pipe that no child inherits: what is read, what is written.
func closingPipe() throws -> (read: CInt, write: CInt) {
  var pair: [CInt] = [0, 0]
  let result = csys_pipe2(&pair, O_CLOEXEC)
  guard result == 0 else { throw Failure("pipe2: errno \(-result)") }
  return (pair[0], pair[1])
}

/// The children of a process, of all its threads, in the order of their making.
func children(of process: pid_t) -> [pid_t] {
  names(in: "/proc/\(process)/task").flatMap { thread in
    text(of: "/proc/\(process)/task/\(thread)/children").split(separator: " ").compactMap { pid_t($0) }
  }
}

/// What is known of a process, for a complaint.
func account(of process: pid_t) -> String {
  let status = text(of: "/proc/\(process)/status").split(separator: "\n")
  let told = status.filter { line in ["Name:", "State:", "PPid:", "NSpid:"].contains { line.hasPrefix($0) } }
  return "process \(process) (\(told.joined(separator: ", ").replacing("\t", with: " ")))"
}

/// Makes the orphans of all that this process starts its own children, so that nothing gets out of sight.
func adoptOrphans() throws {
  let result = csys_prctl(36 /* PR_SET_CHILD_SUBREAPER */, 1, 0, 0, 0)
  guard result == 0 else { throw Failure("prctl(PR_SET_CHILD_SUBREAPER): errno \(-result)") }
}

/// Reaps until this process has no child, and complains of those that are still there after so many seconds.
func reapAll(within seconds: Int) throws {
  for _ in 0..<200 * seconds {
    while waitpid(-1, nil, WNOHANG | 0x4000_0000 /* __WALL */) > 0 {}
    if errno == ECHILD { return }
    usleep(5000)
  }
  let left = children(of: getpid())
  for process in left { kill(process, SIGKILL) }
  throw Failure("\(seconds) s later there are \(left.map(account).joined(separator: "; "))")
}

func text(of path: String) -> String {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return "" }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 16384)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
    bytes += chunk[..<count]
  }
}

func names(in directory: String) -> [String] {
  guard let stream = opendir(directory) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if !name.hasPrefix("."), name != String(dirfd(stream)) { names.append(name) }
  }
  return names.sorted()
}
