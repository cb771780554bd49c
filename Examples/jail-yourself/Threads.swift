import Glibc

/// A thread that does nothing but be there.
func startThread() {
  var thread = pthread_t()
  pthread_create(&thread, nil, { _ in while true { pause() } }, nil)
}

/// The numbers of this process's threads.
func threads() -> [pid_t] {
  guard let directory = opendir("/proc/self/task") else { return [] }
  defer { closedir(directory) }
  var numbers: [pid_t] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if let number = pid_t(name) { numbers.append(number) }
  }
  return numbers.sorted()
}

/// What the kernel says of one of them.
func status(_ field: String, of thread: pid_t) -> String {
  guard let file = fopen("/proc/self/task/\(thread)/status", "r") else { return "?" }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 4096)
  while fgets(&line, 4096, file) != nil {
    let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
      whereSeparator: \.isWhitespace)
    if words.first == "\(field):" { return String(words[1]) }
  }
  return "?"
}
