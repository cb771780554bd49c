import Glibc

/// What this process holds that a jail could leave behind: descriptors and children. (Mounts live in the jail's own
/// namespace, and end with its processes.)
struct Leftovers: Equatable, CustomStringConvertible {
  var descriptors: Set<String>
  var children: Set<String>

  var description: String { "descriptors \(descriptors.sorted()), children \(children.sorted())" }

  static func now() -> Leftovers {
    Leftovers(descriptors: names(in: "/proc/self/fd").filter { !isTimer($0) }, children: childrenOfThisProcess())
  }

  /// Dispatch makes its timers when it needs them, and keeps them; the library has none.
  private static func isTimer(_ descriptor: String) -> Bool {
    var target = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
    return count > 0 && String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) == "anon_inode:[timerfd]"
  }

  /// What is there once nothing changes any more.
  static func settled() async throws -> Leftovers {
    var last = now()
    while true {
      try await Task.sleep(for: .milliseconds(50))
      let next = now()
      if next == last { return next }
      last = next
    }
  }

  /// That nothing more is there than before; a moment is given to what ends on another thread.
  static func expect(_ before: Leftovers) async throws {
    for _ in 0..<100 where now() != before { try await Task.sleep(for: .milliseconds(20)) }
    precondition(now() == before, "left: \(now()), before: \(before)")
  }

  static func names(in directory: String) -> Set<String> {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    // (Another process has another descriptor of that number.)
    let own = directory == "/proc/self/fd" ? String(dirfd(stream)) : nil
    var names: Set<String> = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if !name.hasPrefix("."), name != own { names.insert(name) }
    }
    return names
  }

  private static func childrenOfThisProcess() -> Set<String> {
    let pid = getpid()
    return names(in: "/proc").filter { parent(of: $0) == pid }
  }

  /// A process's parent; nil where there is no such process, or no longer: one that ends between the opening of its file
  /// and the reading of it gives no text.
  static func parent(of process: String) -> Int32? {
    guard Int32(process) != nil, let stat = try? Text.of("/proc/\(process)/stat"), let end = stat.lastIndex(of: ")") else {
      return nil
    }
    // After the name, which may contain anything, come the state and the parent.
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    return fields.count > 1 ? Int32(fields[1]) : nil
  }
}

enum Text {
  struct Unreadable: Error { let errno: CInt }

  static func of(_ path: String) throws -> String { String(decoding: try bytes(of: path), as: UTF8.self) }

  static func bytes(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw Unreadable(errno: errno) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let n = fread(&chunk, 1, chunk.count, file)
      if n == 0 { return bytes }
      bytes += chunk[..<n]
    }
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "wb") else { throw Unreadable(errno: errno) }
    defer { fclose(file) }
    guard fputs(text, file) >= 0 else { throw Unreadable(errno: errno) }
  }
}

/// As `precondition`, in an exit test, of what is waited for.
func holds(_ condition: Bool, _ message: @autoclosure () -> String = "", line: UInt = #line) {
  precondition(condition, message(), line: line)
}
