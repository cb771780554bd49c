import Glibc
import Testing

/// Whoever has entered a root without a /proc finds its threads no more.
@Suite("Without a /proc", .requires(.root)) struct EnterWithoutProcTests {
  private static func directory() throws -> TemporaryDirectory {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    mkdir(root.path + "/sub", 0o755)
    return root
  }

  @Test func `what is the process's can be narrowed, and no more`() throws {
    let probe = try EnterProbe()
    let root = try Self.directory()
    #expect(probe.ask("threads pthread 2") == "ok")
    let kept = "keep=cap_setgid,cap_net_bind_service why=test"
    #expect(probe.ask("enter root=\(root.path) user=20077 \(kept)")?.hasPrefix("entered") == true)
    let refused = try #require(probe.ask("enter keep=cap_setgid why=test"))
    #expect(refused.contains("is each thread's own, and without a /proc no thread can be found"), "\(refused)")
    let answer = try #require(probe.ask("enter \(kept) limit=openFiles:16"))
    #expect(probe.ask("enter umask=0 \(kept)")?.contains("a second entry only tightens") == true)
    #expect(answer.hasPrefix("entered"), "\(answer)")
    #expect(probe.ask("files") == "most 15")
    #expect(Set(probe.statuses("Seccomp_filters")) == ["2"])
  }

  @Test func `neither the root nor the umask changes, which a thread may have of its own`() throws {
    let probe = try EnterProbe()
    let root = try Self.directory()
    let kept = "user=20077 keep=cap_sys_chroot why=test"
    #expect(probe.ask("enter root=\(root.path) \(kept) off")?.hasPrefix("entered") == true, "\(probe.complaint)")
    let again = "keep=cap_sys_chroot why=test off"
    for part in ["root=/sub", "umask=077"] {
      let answer = try #require(probe.ask("enter \(part) \(again)"))
      #expect(answer.contains("may be each thread's own, and without a /proc"), "\(answer)")
    }
    #expect(probe.ask("list /") == "entries sub")
    #expect(probe.ask("enter \(again)")?.hasPrefix("entered") == true, "the control: \(probe.complaint)")
  }

  @Test func `only what run times wait by stays open unnamed`() throws {
    let probe = try EnterProbe()
    let root = try Self.directory()
    func make(_ kind: String) throws -> String {
      let answer = try #require(probe.ask("make \(kind)"))
      return String(try #require(answer.hasPrefix("number ") ? answer.split(separator: " ").last : nil, "\(kind): \(answer)"))
    }
    let others = [try make("inotify"), try make("map")]
    let waiters = [try make("eventfd"), try make("epoll"), try make("timerfd")]
    let kept = others.map { "fd=\($0)" }.joined(separator: " ")
    let first = try #require(probe.ask("enter root=\(root.path) user=20077 \(kept) off"))
    #expect(first.contains("descriptors: \(waiters.joined(separator: ", ")) stay open, by which run times wait"), "\(first)")
    for number in others + waiters { #expect(probe.ask("isopen \(number)") == "ok", "the control") }
    let later = [try make("epoll"), try make("timerfd")]
    let answer = try #require(probe.ask("enter off"))
    #expect(answer.hasPrefix("entered"), "\(answer)")
    #expect(answer.contains("\((waiters + later).joined(separator: ", ")) stay open"), "\(answer)")
    for number in others { #expect(probe.ask("isopen \(number)") == "errno \(EBADF)") }
    for number in waiters + later { #expect(probe.ask("isopen \(number)") == "ok") }
  }

  @Test func `nothing is said to have been seen that was not`() throws {
    let probe = try EnterProbe()
    let root = try Self.directory()
    #expect(probe.ask("threads pthread 2") == "ok")
    let seen = ["/proc/self/task", "all 3 threads"]
    let first = try #require(probe.ask("enter root=\(root.path) user=20077 umask=077"))
    for words in seen { #expect(first.contains(words), "the control: \(first)") }
    let second = try #require(probe.ask("enter umask=077"))
    #expect(second.hasPrefix("entered") && second.contains("read back by prlimit(2)"), "\(second)")
    for words in seen + ["the only thread"] { #expect(!second.contains(words), "\(second)") }
    // Made since the first entry, whose filter was off, one could be there.
    let told = "since without a /proc no thread can be found"
    #expect(!second.contains(told), "\(second)")
    let open = try EnterProbe()
    #expect(open.ask("enter root=\(root.path) user=20077 off")?.hasPrefix("entered") == true)
    #expect(open.ask("enter")?.contains(told) == true)
  }
}
