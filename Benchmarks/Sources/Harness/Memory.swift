/// What /proc says of memory, in kibibytes.
struct Memory {
  let total, available, kernel: Int

  static var now: Memory {
    var lines: [String: Int] = [:]
    for line in (contents(of: "/proc/meminfo") ?? "").split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == ":" || $0 == " " })
      if words.count > 1 { lines[String(words[0])] = Int(words[1]) }
    }
    // Of the kernel on behalf of processes, namespaces and mounts.
    let kernel = ["Slab", "KernelStack", "PageTables", "SecPageTables", "VmallocUsed", "Percpu"].compactMap { lines[$0] }.reduce(
      0, +)
    return Memory(total: lines["MemTotal"] ?? 0, available: lines["MemAvailable"] ?? 0, kernel: kernel)
  }

  /// What a process holds alone, and what it has in memory, in kibibytes.
  static func of(_ pid: Int32) -> (alone: Int, resident: Int)? {
    guard let text = contents(of: "/proc/\(pid)/smaps_rollup") else { return nil }
    var alone = 0, resident = 0
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 1, let number = Int(words[1]) else { continue }
      if words[0] == "Private_Clean:" || words[0] == "Private_Dirty:" { alone += number }
      if words[0] == "Rss:" { resident = number }
    }
    return (alone, resident)
  }
}
