import Glibc
import Testing

/// A process jails itself: what the kernel says of each of its threads, from outside.
@Suite("A process enters") struct EnterTests {
  /// Threads of every kind, so many of each; of the pools' one each, and none for a root without a /proc: Dispatch looks at
  /// /proc/TID/stat when more waits than it has threads for, as a task that yields may, and ends the process where it cannot.
  private static func start(_ count: Int, in probe: EnterProbe, pools: Bool) {
    for kind in ["pthread", "hot", "blocking", "masked", "churn"] + (pools ? ["dispatch", "task"] : []) {
      let most = ["hot": 2, "dispatch": 1, "task": 1][kind] ?? count
      #expect(probe.ask("threads \(kind) \(min(count, most))") == "ok", "\(kind)")
    }
    #expect(probe.ask("threads timer 1") == "ok")
  }

  private static func expect(_ probe: EnterProbe, _ field: String, _ value: String) {
    let values = probe.statuses(field)
    #expect(!values.isEmpty)
    #expect(Set(values) == [value], "\(field)")
  }

  @Test(.requires(.root), arguments: [0, 1, 8]) func `as root, every thread has lost what it had`(_ count: Int) throws {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    let probe = try EnterProbe()
    if count > 0 { Self.start(count, in: probe, pools: false) }
    // What it could do before.
    Self.expect(probe, "Uid", "0 0 0 0")
    #expect(!probe.statuses("CapEff").contains("0000000000000000"))
    Self.expect(probe, "NoNewPrivs", "0")
    Self.expect(probe, "Seccomp", "0")
    #expect(probe.ask("open /etc/shadow") == "ok")
    #expect(probe.ask("list /")?.contains("etc") == true)

    let answer = try #require(probe.ask("enter root=\(root.path) user=20077 umask=077"), "\(probe.complaint)")
    #expect(answer.hasPrefix("entered"), "\(answer)")
    Self.expect(probe, "Uid", "20077 20077 20077 20077")
    Self.expect(probe, "Gid", "20077 20077 20077 20077")
    Self.expect(probe, "Groups", "")
    for set in ["CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"] { Self.expect(probe, set, "0000000000000000") }
    Self.expect(probe, "NoNewPrivs", "1")
    Self.expect(probe, "Seccomp", "2")
    Self.expect(probe, "Umask", "0077")
    for tid in probe.threads {
      var link = [CChar](repeating: 0, count: 4096)
      guard readlink("/proc/\(probe.pid)/task/\(tid)/root", &link, 4095) > 0 else { continue }
      #expect(String(decoding: link.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) == root.path)
    }
    // An empty directory lists as empty; and it cannot be written.
    #expect(probe.ask("list /") == "entries ")
    #expect(probe.ask("open /etc/shadow") == "errno \(ENOENT)")
    #expect(probe.ask("write /file") == "errno \(EACCES)")
    #expect(probe.ask("chroot /") == "errno \(EPERM)")
    #expect(probe.ask("setuid 0") == "errno \(EPERM)")
    #expect(probe.ask("end") == nil)
    #expect(probe.end() == 0, "\(probe.complaint)")
  }

  @Test(arguments: [0, 1, 8]) func `without any right, every thread has what needs none`(_ count: Int) throws {
    let probe = try EnterProbe()
    if count > 0 { Self.start(count, in: probe, pools: true) }
    #expect(probe.ask("unshare")?.hasPrefix("errno \(EPERM)") != true || count > 0, "positive control")
    let answer = try #require(probe.ask("enter limit=openFiles:16 umask=027"), "\(probe.complaint)")
    #expect(answer.hasPrefix("entered"), "\(answer)")
    Self.expect(probe, "NoNewPrivs", "1")
    Self.expect(probe, "Seccomp", "2")
    for set in ["CapEff", "CapPrm", "CapInh", "CapAmb"] { Self.expect(probe, set, "0000000000000000") }
    Self.expect(probe, "Umask", "0027")
    // (Dispatch ends a process that is short of descriptors when it looks at its threads.)
    if count < 8 { #expect(probe.ask("files") == "most 15") }
    let limit = try Text.of("/proc/\(probe.pid)/limits").split(separator: "\n").first { $0.hasPrefix("Max open files ") }
    #expect(limit?.split(separator: " ").dropFirst(3).prefix(2) == ["16", "16"])
    #expect(probe.ask("unshare") == "errno \(EPERM)")
    #expect(probe.ask("raise 64") == "errno \(EPERM)")
    #expect(probe.ask("end") == nil)
    #expect(probe.end() == 0, "\(probe.complaint)")
  }

  @Test(.requires(.root)) func `sixty-four threads enter`() throws {
    let probe = try EnterProbe()
    for kind in ["pthread", "blocking", "masked"] { #expect(probe.ask("threads \(kind) 21") == "ok") }
    let answer = try #require(probe.ask("enter user=20077"))
    #expect(answer.contains("all 64 threads"), "\(answer)")
    let ids = probe.statuses("Uid")
    #expect(ids.count == 64 && Set(ids) == ["20077 20077 20077 20077"])
  }

  @Test(.requires(.root)) func `a kept capability is used, and no other`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads pthread 4") == "ok")
    #expect(probe.ask("bind 81") == "ok", "positive control: root may")
    let answer = try #require(probe.ask("enter user=20077 keep=cap_net_bind_service"))
    #expect(answer.hasPrefix("entered") && answer.contains("the process keeps cap_net_bind_service"), "\(answer)")
    for set in ["CapEff", "CapPrm"] { Self.expect(probe, set, "0000000000000400") }
    for set in ["CapInh", "CapBnd", "CapAmb"] { Self.expect(probe, set, "0000000000000000") }
    #expect(probe.ask("bind 81") == "ok")
    #expect(probe.ask("open /etc/shadow") == "errno \(EACCES)")
  }

  @Test(.requires(.root)) func `without it, the port is closed`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("enter user=20077")?.hasPrefix("entered") == true)
    #expect(probe.ask("bind 81") == "errno \(EACCES)")
  }

  @Test(.requires(.root)) func `supplementary groups are those that are named`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads pthread 3") == "ok")
    #expect(probe.ask("enter user=20077 groups=20099,20088")?.hasPrefix("entered") == true)
    Self.expect(probe, "Groups", "20088 20099")
  }

  @Test(.requires(.root)) func `supplementary groups that stay are told`() throws {
    let words = ["--groups", "4,27", EnterProbe.path]
    let stays = try EnterProbe("/usr/bin/setpriv", words)
    let told = "opened: credentials.groups: the process keeps its supplementary groups, and can use files of 4, 27"
    #expect(stays.ask("enter user=20077")?.contains("credentials.groups") == false, "the control: they are dropped")
    Self.expect(stays, "Groups", "")
    let keeps = try EnterProbe("/usr/bin/setpriv", words)
    #expect(keeps.ask("enter")?.contains(told) == true, "\(keeps.complaint)")
    Self.expect(keeps, "Groups", "4 27")
  }

  /// By what signal(7) says of a handler with SA_RESTART.
  @Test func `no call is interrupted but those that are never restarted`() throws {
    let probe = try EnterProbe()
    let kinds = ["read", "accept", "child", "lock", "semaphore"]
    for kind in kinds { #expect(probe.ask("threads \(kind) 2") == "ok") }
    #expect(probe.ask("threads poll 2") == "ok")
    #expect(probe.ask("settle") == "ok")
    #expect(probe.ask("interrupted") == "0 restarted, 0 others")
    #expect(probe.ask("enter fd=all")?.hasPrefix("entered") == true, "\(probe.complaint)")
    #expect(probe.ask("settle") == "ok")
    #expect(probe.ask("interrupted") == "0 restarted, 2 others", "the second number is the control")
  }

  @Test func `descriptors that are not named are closed`() throws {
    let probe = try EnterProbe()
    let directory = try #require(probe.ask("directory /")?.split(separator: " ").last)
    let kept = try #require(probe.ask("directory /tmp")?.split(separator: " ").last)
    #expect(probe.ask("openat \(directory) etc/passwd") == "ok")
    #expect(probe.ask("enter fd=\(kept)")?.hasPrefix("entered") == true)
    #expect(probe.ask("isopen \(directory)") == "errno \(EBADF)")
    #expect(probe.ask("isopen \(kept)") == "ok")
    #expect(probe.descriptors == ["0", "1", "2", String(kept)].sorted())
  }

  /// Dispatch's and Swift's own threads wait by descriptors that nobody named.
  @Test func `what a run time waits by stays open, and works`() throws {
    let probe = try EnterProbe()
    for kind in ["dispatch", "task"] { #expect(probe.ask("threads \(kind) 1") == "ok") }
    #expect(probe.ask("enter")?.hasPrefix("entered") == true)
    for kind in ["dispatch", "task"] { #expect(probe.ask("threads \(kind) 1") == "ok", "\(probe.complaint)") }
    #expect(probe.ask("wait 100000") == "ok")
  }

  @Test(arguments: 0..<20) func `with threads that are born and end at any moment`(_ round: Int) throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads churn 4") == "ok")
    #expect(probe.ask("enter")?.hasPrefix("entered") == true, "\(probe.complaint)")
    for _ in 0..<20 {
      let latches = probe.statuses("NoNewPrivs")
      #expect(Set(latches) == ["1"] && !latches.isEmpty)
    }
  }
}
