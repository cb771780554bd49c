import Glibc
import Testing

/// Each part of an entry alone: what it is about has changed, on every thread, and nothing else has.
@Suite("Each part that is entered alone", .requires(.root)) struct EnterPartTests {
  private static let fields = [
    "Uid", "Gid", "Groups", "CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Umask",
  ]

  /// What the kernel says of the process, from outside, by what it is about.
  private static func look(_ probe: EnterProbe) -> [String: Set<String>] {
    var seen: [String: Set<String>] = [:]
    for field in fields { seen[field] = Set(probe.statuses(field)) }
    for link in ["root", "cwd", "ns/net", "ns/ipc", "ns/uts", "ns/cgroup", "ns/mnt", "ns/user", "ns/pid", "ns/time"] {
      seen[link] = Set(
        probe.threads.map { thread in
          var text = [CChar](repeating: 0, count: 4096)
          let n = readlink("/proc/\(probe.pid)/task/\(thread)/\(link)", &text, 4095)
          return n < 0 ? "errno \(errno)" : String(decoding: text[..<n].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        })
    }
    seen["descriptors"] = Set(probe.descriptors)
    seen["limits"] = Set((try? Text.of("/proc/\(probe.pid)/limits"))?.split(separator: "\n").map(String.init) ?? [])
    return seen
  }

  /// The same once its threads have begun: one that is to block opens a pipe first.
  private static func settled(_ probe: EnterProbe) -> [String: Set<String>] {
    var last = look(probe)
    while true {
      usleep(50_000)
      let next = look(probe)
      if next == last { return next }
      last = next
    }
  }

  @Test(arguments: [
    ("limit=openFiles:64", ["limits"]), ("filter", ["Seccomp"]), ("umask=0707", ["Umask"]), ("fd=0", ["descriptors"]),
    ("bounding", ["CapBnd"]), ("drop", ["CapEff", "CapPrm"]), ("user=20077", ["Uid", "Gid"]), ("root=", ["root"]),
    ("own=network", ["ns/net"]), ("own=ipc", ["ns/ipc"]), ("own=uts", ["ns/uts"]), ("own=cgroup", ["ns/cgroup"]),
    (
      "limit=openFiles:64 filter umask=0707 fd=0 bounding drop user=20077 root= own=network,ipc,uts,cgroup",
      [
        "limits", "Seccomp", "Umask", "descriptors", "CapBnd", "CapEff", "CapPrm", "Uid", "Gid", "root", "ns/net", "ns/ipc",
        "ns/uts", "ns/cgroup",
      ]
    ),
  ]) func `changes what it is about, and nothing else`(_ part: String, _ expected: [String]) throws {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    // Without groups of its own, which a change of user drops; in the root directory, which is a worker's working directory.
    let probe = try EnterProbe("/usr/bin/setpriv", ["--clear-groups", EnterProbe.path])
    for kind in ["pthread", "blocking"] { #expect(probe.ask("threads \(kind) 2") == "ok", "\(probe.complaint)") }
    // A file: a directory may not stay where the root changes.
    if part.contains("fd=0") { #expect(probe.ask("path /etc/passwd")?.hasPrefix("number") == true) }
    // Each blocked thread has its pipe by then.
    #expect(probe.ask("settle") == "ok")
    #expect(probe.ask("chdir /") == "ok")
    let before = Self.settled(probe)
    let umask = try #require(before["Umask"]?.first)
    let words = (part.contains("umask") ? "" : "umask=\(umask) ") + part.replacing("root=", with: "root=\(root.path)")
    let answer = try #require(probe.ask("enter bare why=alone \(words)"), "\(probe.complaint)")
    #expect(answer.hasPrefix("entered"), "\(answer)")
    let after = Self.look(probe)
    #expect(after["NoNewPrivs"] == ["1"] && before["NoNewPrivs"] == ["0"])
    var changed = Set(before.keys.filter { before[$0] != after[$0] })
    changed.remove("NoNewPrivs")
    if part.contains("root=") { changed.remove("cwd") }
    #expect(changed == Set(expected), "\(answer)")
    for name in changed where name != "limits" && name != "descriptors" { #expect(after[name]?.count == 1, "\(name): on all") }
  }
}
