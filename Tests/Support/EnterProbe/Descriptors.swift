import CSyscalls
import Glibc

/// Descriptors of things that have no inode of their own.
enum Descriptors {
  static func make(_ kind: String) -> Int {
    switch kind {
    case "inotify": return Int(inotify_init1(CInt(IN_CLOEXEC)))
    case "eventfd": return Int(csys_eventfd2(0, O_CLOEXEC))
    case "epoll": return Int(csys_epoll_create1(O_CLOEXEC))
    case "timerfd": return Int(csys_timerfd_create(CLOCK_MONOTONIC, O_CLOEXEC))
    // BPF_MAP_CREATE of an array.
    case "map":
      var attributes: [UInt32] = [2, 4, 4, 1] + [UInt32](repeating: 0, count: 28)
      #if arch(x86_64)
        let bpf = 321
      #else
        let bpf = 280
      #endif
      return attributes.withUnsafeMutableBytes { csys_call(bpf, 0, Int(bitPattern: $0.baseAddress), $0.count, 0, 0, 0) }
    default: return -1
    }
  }

  /// What another test's program was being handed when this one was started is not its own.
  static func closeStrangers() {
    guard let directory = opendir("/proc/self/fd") else { return }
    var numbers: [CInt] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if let number = CInt(name), number > 2, number != dirfd(directory) { numbers.append(number) }
    }
    closedir(directory)
    for number in numbers { close(number) }
  }

  /// Standard error that nobody reads any more: a full pipe.
  static func choke() -> Int {
    var ends: [CInt] = [0, 0]
    pipe(&ends)
    let flags = fcntl(ends[1], F_GETFL)
    _ = fcntl(ends[1], F_SETFL, flags | O_NONBLOCK)
    let bytes = [UInt8](repeating: 0, count: 4096)
    while write(ends[1], bytes, bytes.count) > 0 {}
    _ = fcntl(ends[1], F_SETFL, flags)
    return Int(dup2(ends[1], 2))
  }
}
