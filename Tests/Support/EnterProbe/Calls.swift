import Glibc
import Synchronization

/// Calls that wait, and how often they came back without what they waited for.
enum Calls {
  /// Those that signal(7) restarts after a handler of SA_RESTART, and those that it never does.
  static let restarted = Atomic<Int>(0)
  static let never = Atomic<Int>(0)

  static func wait(in kind: String) {
    var ends: [CInt] = [0, 0]
    var byte: UInt8 = 0
    pipe(&ends)
    while true {
      var result: CInt = 0
      switch kind {
      case "read": result = CInt(read(ends[0], &byte, 1))
      case "accept": result = accept(listener, nil, nil)
      case "child": result = waitpid(child, nil, 0)
      case "lock": result = flock(second, LOCK_EX)
      default: result = sem_wait(semaphore)
      }
      restarted.wrappingAdd(1, ordering: .relaxed)
      if result >= 0 || errno != EINTR { while true { pause() } }
    }
  }

  static func poll() {
    while true {
      _ = Glibc.poll(nil, 0, -1)
      never.wrappingAdd(1, ordering: .relaxed)
    }
  }

  private static let listener: CInt = {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // A name of the kernel's choice.
    withUnsafePointer(to: &address) {
      _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sa_family_t>.size)) }
    }
    listen(descriptor, 1)
    return descriptor
  }()

  private static let child: pid_t = {
    var pid: pid_t = 0
    let words: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("60"), nil]
    posix_spawn(&pid, "/bin/sleep", nil, nil, words, environ)
    return pid
  }()

  /// A second opening of a file that the first has locked.
  private static let second: CInt = {
    var name = Array("/tmp/enter-probe-XXXXXX".utf8CString)
    let first = mkstemp(&name)
    flock(first, LOCK_EX)
    let second = open(name, O_RDWR)
    unlink(name)
    return second
  }()

  private nonisolated(unsafe) static let semaphore: UnsafeMutablePointer<sem_t> = {
    let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
    return semaphore
  }()

  /// That each of these threads sleeps in the kernel, and not before its call.
  static func settle() { usleep(100_000) }
}
