import Glibc
import Testing

/// The ways out of another root that the field knows. Each control walks it where nothing closes it.
@Suite("A process that has entered cannot leave", .requires(.root)) struct EnterEscapeTests {
  private static func directory() throws -> TemporaryDirectory {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    mkdir(root.path + "/sub", 0o755)
    return root
  }

  @Test func `by "..", of the root and of the working directory`() throws {
    let root = try Self.directory()
    let probe = try EnterProbe()
    #expect(probe.ask("threads pthread 2") == "ok")
    #expect(probe.ask("chdir /usr") == "ok" && probe.ask("open ../etc/passwd") == "ok", "the control")
    #expect(probe.ask("enter root=\(root.path) user=20077")?.hasPrefix("entered") == true, "\(probe.complaint)")
    #expect(probe.ask("cwd") == "/")
    #expect(probe.ask("list ../../../..") == "entries sub")
    #expect(probe.ask("chdir sub") == "ok" && probe.ask("chdir ../../../..") == "ok")
    #expect(probe.ask("list .") == "entries sub")
    #expect(probe.ask("open ../etc/passwd") == "errno \(ENOENT)")
  }

  @Test func `by a second chroot as root`() throws {
    let root = try Self.directory()
    let walk = ["chroot /sub", "chdir ../../../../..", "open etc/passwd"]
    // The control: root with its capability, and without a filter, walks out.
    let free = try EnterProbe()
    let kept = "user=0 group=0 keep=cap_sys_chroot why=control"
    #expect(free.ask("enter root=\(root.path) \(kept) off")?.hasPrefix("entered") == true, "\(free.complaint)")
    #expect(walk.map { free.ask($0) } == ["ok", "ok", "ok"])
    // The filter alone, and the capability's loss alone, each close it.
    for options in [kept, "user=0 group=0 why=control off", "user=0 group=0 why=control"] {
      let probe = try EnterProbe()
      #expect(probe.ask("enter root=\(root.path) \(options)")?.hasPrefix("entered") == true, "\(probe.complaint)")
      #expect(walk.map { probe.ask($0) } == ["errno \(EPERM)", "ok", "errno \(ENOENT)"], "\(options)")
    }
  }

  @Test func `to the keys of the session that it was in`() throws {
    func answer(after options: String) throws -> String {
      let probe = try EnterProbe()
      let made = try #require(probe.ask("key"))
      let key = try #require(made.hasPrefix("number ") ? made.split(separator: " ").last : nil, "\(made)")
      #expect(probe.ask("readkey \(key)") == "number 5")
      #expect(probe.ask("enter \(options)")?.hasPrefix("entered") == true, "\(probe.complaint)")
      return probe.ask("readkey \(key)") ?? ""
    }
    // (The kernel takes it away as soon as nobody has it any more.)
    let refused = ["errno \(EACCES)", "errno \(ENOKEY)"]
    let seen = try answer(after: "user=20077 off")
    #expect(refused.contains(seen), "\(seen)")
    #expect(try answer(after: "user=20077") == "errno \(EPERM)", "its filter refuses to ask")
    #expect(try answer(after: "user=0 group=0 why=test off") == "number 5", "the control")
  }

  @Test func `by a directory that stays open, or one that is opened without a right`() throws {
    let root = try Self.directory()
    for open in ["directory /", "path /", "path /etc"] {
      let probe = try EnterProbe()
      let number = try #require(probe.ask(open)?.split(separator: " ").last)
      let file = open.hasSuffix("etc") ? "passwd" : "etc/passwd"
      #expect(probe.ask("openat \(number) \(file)") == "ok", "the control")
      for kept in ["\(number)", "all"] {
        let answer = try #require(probe.ask("enter root=\(root.path) user=20077 fd=\(kept)"))
        #expect(answer.hasPrefix("refused") && answer.contains("lead out of the new root"), "\(answer)")
      }
      #expect(probe.ask("enter root=\(root.path) user=20077")?.hasPrefix("entered") == true)
      #expect(probe.ask("openat \(number) \(file)") == "errno \(EBADF)")
    }
  }

  @Test func `by descriptors that a library has left open`() throws {
    let root = try Self.directory()
    let probe = try EnterProbe()
    let numbers = try ["directory /proc", "directory /dev", "path /etc/shadow"].map {
      try #require(probe.ask($0)?.split(separator: " ").last)
    }
    #expect(probe.ask("enter root=\(root.path) user=20077")?.hasPrefix("entered") == true)
    for number in numbers { #expect(probe.ask("isopen \(number)") == "errno \(EBADF)") }
    #expect(probe.descriptors == ["0", "1", "2"])
  }

  @Test func `by the roots that a /proc shows`() throws {
    let root = try Self.directory()
    mkdir(root.path + "/proc", 0o755)
    // A mount namespace of the probe's own, with a /proc in the directory that becomes its root.
    let script = "mount -t proc proc '\(root.path)/proc' && exec '\(EnterProbe.path)'"
    let probe = try EnterProbe("/usr/bin/unshare", ["--mount", "sh", "-c", script])
    #expect(probe.ask("threads pthread 2") == "ok", "\(probe.complaint)")
    let ways = ["/proc/\(getpid())/root", "/proc/\(getpid())/cwd", "/proc/\(getppid())/root"]
    for way in ways { #expect(probe.ask("open \(root.path)\(way)/.") == "ok", "the control: \(way)") }
    #expect(probe.ask("enter root=\(root.path) user=20077")?.hasPrefix("entered") == true, "\(probe.complaint)")
    #expect(probe.ask("list /")?.contains("proc") == true)
    for way in ways { #expect(probe.ask("open \(way)/.") == "errno \(EACCES)", "\(way)") }
    // Its own threads lead to what it has already.
    for way in ["self", "thread-self", "\(probe.pid)"] {
      let answer = probe.ask("open /proc/\(way)/root/etc/passwd")
      #expect(answer == "errno \(EACCES)" || answer == "errno \(ENOENT)", "\(way): \(answer ?? "")")
    }
  }
}
