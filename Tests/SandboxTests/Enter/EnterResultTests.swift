import Glibc
import Testing

/// What an entry says of itself, held against what was done.
@Suite("The result of an entry") struct EnterResultTests {
  private static func notes(_ answer: String, at path: String) -> [String] {
    answer.split(separator: " | ").map(String.init).filter { $0.hasPrefix("\(path): ") }
  }

  @Test(.requires(.root)) func `of several steps of a kind, it names the one that holds`() throws {
    let probe = try EnterProbe()
    let plan = try #require(probe.ask("plan user=20077"))
    #expect(
      plan.split(separator: " | ").count { $0.contains("securebits") || $0.contains("secureBits") } >= 2, "the control: \(plan)")
    let answer = try #require(probe.ask("enter user=20077"))
    let notes = Self.notes(answer, at: "capabilities.secureBits")
    #expect(notes.count == 1, "\(answer)")
    #expect(notes.first?.contains("0xef") == true, "\(notes)")
  }

  @Test(.requires(.root)) func `of a root that was built, it says that each thread has it`() throws {
    let probe = try EnterProbe()
    let answer = try #require(probe.ask("enter inplace"), "\(probe.complaint)")
    #expect(answer.hasPrefix("entered"), "\(answer)")
    #expect(answer.contains("compared through /proc/self/task/*/root of the only thread"), "\(answer)")
    let identities = answer.split(separator: " | ").filter { $0.hasPrefix("credentials: ") && $0.contains("status") }
    #expect(identities.count == 1, "the user of before is not claimed: \(identities)")
  }

  @Test(.requires(.root)) func `who stays root is told so`() throws {
    let stays = try EnterProbe()
    let told = "opened: credentials.user: the process stays user 0 of the host, and can use root's files"
    #expect(stays.ask("enter off")?.contains(told) == true, "\(stays.complaint)")
    #expect(stays.ask("open /etc/shadow") == "ok")
    let named = try EnterProbe()
    #expect(named.ask("enter user=0 group=0 why=test off")?.contains("opened: credentials.user: the process is user 0") == true)
    let other = try EnterProbe()
    #expect(other.ask("enter user=20077 off")?.contains("credentials.user:") == false, "the control")
    #expect(other.ask("open /etc/shadow") == "errno \(EACCES)")
  }

  @Test func `a queue of signals that is full is no thread that blocks one`() throws {
    let full = try EnterProbe("/bin/bash", ["-c", "ulimit -i 0 && exec '\(EnterProbe.path)'"])
    #expect(full.ask("threads pthread 2") == "ok")
    let answer = try #require(full.ask("enter"), "\(full.complaint)")
    #expect(answer.contains("the user's queue of signals is full") && answer.contains("raise ulimit -i"), "\(answer)")
    #expect(Set(full.statuses("NoNewPrivs")) == ["0"], "nothing has changed")
    let free = try EnterProbe()
    #expect(free.ask("threads pthread 2") == "ok")
    #expect(free.ask("enter")?.hasPrefix("entered") == true, "the control")
  }
}
