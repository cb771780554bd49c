import Glibc
import Testing

/// Again and again, with threads of every kind. In full on demand: `SANDBOX_ENTRIES=1000`, also under ThreadSanitizer.
@Suite("A process enters, again and again") struct EnterRepeatedlyTests {
  private static let entries = getenv("SANDBOX_ENTRIES").flatMap { Int(String(cString: $0)) } ?? 4

  /// How many of each kind make so many threads, the first one among them. Of the pools' there is one each, since Dispatch looks at
  /// /proc when more waits than it has threads for.
  private static let kinds: [Int: [(kind: String, count: Int)]] = [
    1: [],
    8: [("pthread", 1), ("hot", 1), ("dispatch", 1), ("task", 1), ("blocking", 1), ("masked", 1), ("churn", 1), ("timer", 1)],
    64: [
      ("pthread", 18), ("hot", 2), ("dispatch", 1), ("task", 1), ("blocking", 20), ("masked", 20), ("churn", 2), ("timer", 1),
    ],
  ]

  /// ThreadSanitizer itself crashes on glibc's timer threads, with or without an entry.
  private static let isThreadSanitized = dlsym(nil, "__tsan_init") != nil

  private static let jailed: [String: String] = {
    let none = "0000000000000000"
    var expected = [
      "CapEff": none, "CapPrm": none, "CapInh": none, "CapAmb": none, "NoNewPrivs": "1", "Seccomp": "2", "Umask": "0077",
    ]
    if geteuid() == 0 {
      let ids = "20077 20077 20077 20077"
      expected.merge(["Uid": ids, "Gid": ids, "Groups": "", "CapBnd": none]) { $1 }
    }
    return expected
  }()

  @Test(arguments: [1, 8, 64]) func `and each time, each of so many threads has what was said`(_ threads: Int) throws {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    // With pools of threads the root stays: Dispatch ends a process that waits too long for a thread where it finds no /proc.
    let changes = threads == 1 ? "root=\(root.path) " : ""
    let policy = geteuid() == 0 ? "\(changes)user=20077 umask=077" : "umask=077"
    for entry in 0..<Self.entries {
      let probe = try EnterProbe()
      for (kind, count) in Self.kinds[threads]! where kind != "timer" || !Self.isThreadSanitized {
        try #require(probe.ask("threads \(kind) \(count)") == "ok", "\(entry), \(kind): \(probe.complaint)")
      }
      let before = probe.threads.count
      try #require(before >= threads, "\(entry): \(before) threads")
      try #require(Set(probe.statuses("NoNewPrivs")) == ["0"] && Set(probe.statuses("Seccomp")) == ["0"], "the control")
      let answer = try #require(probe.ask("enter \(policy)"), "\(entry): \(probe.end()) \(probe.complaint)")
      try #require(answer.hasPrefix("entered"), "\(entry): \(answer)")
      let seen = probe.threads.compactMap { Self.fields(of: $0, in: probe) }
      try #require(seen.count >= threads - 3, "\(entry): those that end at any moment are three at most")
      for fields in seen { try #require(fields == Self.jailed, "\(entry)") }
      try #require(probe.ask("wait 0") == "ok", "\(entry): it goes on: \(probe.end()) \(probe.complaint)")
    }
  }

  /// nil of a thread that has ended; of one that ends while it is read only the beginning is there, and one that is about to end has
  /// neither a root nor an umask any more.
  private static func fields(of thread: String, in probe: EnterProbe) -> [String: String]? {
    guard let text = try? Text.of("/proc/\(probe.pid)/task/\(thread)/status"), text.contains("\nSeccomp:\t") else { return nil }
    guard text.contains("\nUmask:\t") else { return nil }
    guard !text.contains("\nState:\tZ"), !text.contains("\nState:\tX") else { return nil }
    var fields: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let name = String(line.prefix { $0 != ":" })
      guard jailed[name] != nil else { continue }
      fields[name] = line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    return fields
  }
}
