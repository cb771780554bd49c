import Glibc
import Testing

/// Namespaces that a running process gets, as /proc shows them to others.
@Suite("A process enters namespaces") struct EnterNamespaceTests {
  private static let kinds = ["user", "mnt", "net", "ipc", "uts", "cgroup", "time"]

  private static func namespace(_ kind: String, of thread: String) throws -> String {
    var link = [CChar](repeating: 0, count: 64)
    let n = readlink("/proc/\(thread)/ns/\(kind)", &link, 63)
    try #require(n > 0, "\(kind): \(errno)")
    return String(decoding: link[..<n].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  @Test func `of one thread: the closed box less what takes a fork`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("open /etc/hostname") == "ok", "positive control")
    #expect(probe.ask("kill \(getpid())") == "ok", "positive control")
    let answer = try #require(probe.ask("enter inplace"), "\(probe.complaint)")
    #expect(answer.hasPrefix("entered"), "\(answer)")
    #expect(answer.contains("compared through /proc/self/task/*/ns of the only thread"), "\(answer)")
    #expect(probe.ask("list /") == "entries bin dev etc lib lib64 sbin tmp usr")
    #expect(probe.ask("write /file") == "errno \(EROFS)")
    #expect(probe.ask("write /tmp/file") == "ok")
    #expect(probe.ask("open /etc/shadow") == "errno \(ENOENT)")
    #expect(probe.ask("unshare") == "errno \(EPERM)")
    if geteuid() == 0 {
      #expect(probe.ask("kill \(getpid())") == "errno \(EPERM)")
      // Outside it is nobody whom the host knows; its namespaces are seen by root.
      for kind in Self.kinds {
        #expect(try Self.namespace(kind, of: "\(probe.pid)") != Self.namespace(kind, of: "self"), "\(kind)")
      }
      #expect(try Self.namespace("pid", of: "\(probe.pid)") == Self.namespace("pid", of: "self"), "as it says")
      let ids = try #require(probe.statuses("Uid").first?.split(separator: " ").first.flatMap { UInt32($0) })
      #expect((0x7000_0000..<0x7ff0_0000).contains(ids))
    }
  }

  @Test(.requires(.root)) func `with threads: one unshares, the others join`() throws {
    let probe = try EnterProbe()
    for kind in ["pthread", "blocking", "masked"] { #expect(probe.ask("threads \(kind) 3") == "ok") }
    let answer = try #require(probe.ask("enter user=20077 own=network,ipc,uts,cgroup"), "\(probe.complaint)")
    #expect(answer.hasPrefix("entered"), "\(answer)")
    for kind in ["net", "ipc", "uts", "cgroup"] {
      let seen = try probe.threads.map { try Self.namespace(kind, of: "\(probe.pid)/task/\($0)") }
      #expect(seen.count == 10 && Set(seen).count == 1, "\(kind): \(seen)")
      #expect(try seen.first != Self.namespace(kind, of: "self"), "\(kind)")
    }
    #expect(try Self.namespace("mnt", of: "\(probe.pid)") == Self.namespace("mnt", of: "self"))
  }

  @Test(.requires(.user)) func `with threads and without a right, each is named`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads pthread 1") == "ok")
    let answer = try #require(probe.ask("enter own=network,uts"))
    #expect(answer.contains("namespaces.network: a new network namespace takes CAP_SYS_ADMIN"), "\(answer)")
    #expect(answer.contains("namespaces.uts: a new uts namespace takes CAP_SYS_ADMIN"), "\(answer)")
  }
}
