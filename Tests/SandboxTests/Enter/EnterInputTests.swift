import Glibc
import Sandbox
import Testing

/// What cannot be entered throws, by name, and nothing has changed.
@Suite("A process cannot enter") struct EnterInputTests {
  /// That nothing has changed, by a thread's own words.
  private func expectUnchanged(_ probe: EnterProbe) {
    #expect(Set(probe.statuses("NoNewPrivs")) == ["0"])
    #expect(Set(probe.statuses("Seccomp")) == ["0"])
    #expect(Set(probe.statuses("Uid")) == ["\(geteuid()) \(geteuid()) \(geteuid()) \(geteuid())"])
  }

  private func expectRefusal(_ command: String, _ parts: String..., of probe: EnterProbe) throws {
    let answer = try #require(probe.ask(command), "\(probe.complaint)")
    #expect(answer.hasPrefix("refused"), "\(answer)")
    for part in parts { #expect(answer.contains(part), "\(answer)") }
    expectUnchanged(probe)
  }

  @Test func `a thread that blocks even the C library's signal`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads deaf 1") == "ok")
    #expect(probe.ask("threads pthread 4") == "ok")
    try expectRefusal("enter", "host", "blocks signal 33", "nothing has changed", of: probe)
    // The others go on.
    #expect(probe.ask("threads pthread 1") == "ok")
  }

  @Test func `an io_uring with a thread of the kernel's`() throws {
    let probe = try EnterProbe()
    let made = try #require(probe.ask("ring"))
    try #require(made.hasPrefix("number"), "\(made): the host has no io_uring for this user")
    try expectRefusal("enter", "io_uring", "nothing has changed", of: probe)
  }

  @Test(.requires(.registeredRings)) func `an io_uring that is registered, and its descriptor closed`() throws {
    try expectRefusalOfRing("registered")
  }

  @Test func `an io_uring that is mapped, and its descriptor closed`() throws { try expectRefusalOfRing("mapped") }

  private func expectRefusalOfRing(_ held: String) throws {
    let probe = try EnterProbe()
    #expect(probe.ask("wait 1") == "ok")
    let before = probe.descriptors
    let made = try #require(probe.ask(held))
    try #require(made.hasPrefix("number"), "\(made): the host has no io_uring for this user")
    #expect(probe.descriptors == before, "the control: no descriptor leads to it")
    try expectRefusal("enter", "which needs no descriptor", "nothing has changed", of: probe)
  }

  @Test(.requires(.registeredRings)) func `an io_uring that another thread has registered`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads registered 1") == "ok")
    #expect(probe.ask("wait 50000") == "ok")
    try expectRefusal("enter off", "has registered an io_uring", "nothing has changed", of: probe)
  }

  @Test func `where a filter refuses to ask for rings, the result says so`() throws {
    let told = "could not be asked for, since a filter refuses io_uring_enter(2)"
    let free = try EnterProbe()
    #expect(free.ask("enter")?.contains(told) == false, "the control")
    #expect(free.ask("enter")?.contains(told) == false, "its own filter keeps it from having any")
    let filtered = try EnterProbe()
    #expect(filtered.ask("refuse 426") == "number 0")
    #expect(filtered.ask("enter")?.contains(told) == true, "\(filtered.complaint)")
  }

  /// By what the kernel shows, and not by kcmp(2), which Docker's filter refuses.
  @Test(arguments: ["files", "directories"], [false, true]) func `a thread with descriptors, or a root, of its own`(
    _ kind: String, _ isFiltered: Bool
  ) throws {
    let probe = try EnterProbe()
    #if arch(x86_64)
      if isFiltered { #expect(probe.ask("refuse 312") == "number 0") }
    #endif
    #expect(probe.ask("threads \(kind) 1") == "ok")
    #expect(probe.ask("wait 20000") == "ok")
    for options in ["off", "off fd=all"] {
      let answer = try #require(probe.ask("enter \(options)"), "\(probe.complaint)")
      #expect(answer.hasPrefix("refused host") && answer.contains("of its own (unshare(2))"), "\(answer)")
    }
    #expect(Set(probe.statuses("Umask")).count == 1, "what they were told apart by is put back")
    let shared = try EnterProbe()
    #expect(shared.ask("threads pthread 1") == "ok")
    #expect(shared.ask("enter off")?.hasPrefix("entered") == true, "the control")
  }

  @Test(.requires(.root)) func `a thread without the securebits of the one that enters, where none can be set`() throws {
    let entering = "enter bare user=0 group=0 why=test"
    let probe = try EnterProbe()
    #expect(probe.ask("threads pthread 1") == "ok")
    #expect(probe.ask("secure") == "number 0 number 0")
    let answer = try #require(probe.ask(entering), "\(probe.complaint)")
    #expect(answer.contains("has other securebits than this one"), "\(answer)")
    #expect(Set(probe.statuses("NoNewPrivs")) == ["0"])
    // A thread that is born of one that has them has them too.
    let same = try EnterProbe()
    #expect(same.ask("secure") == "number 0 number 0")
    #expect(same.ask("threads pthread 1") == "ok")
    #expect(same.ask(entering)?.hasPrefix("entered") == true, "the control: \(same.complaint)")
  }

  @Test func `a thread with a system call filter of its own`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads filtered 1") == "ok")
    #expect(probe.ask("wait 50000") == "ok")
    let answer = try #require(probe.ask("enter"), "\(probe.complaint)")
    #expect(answer.contains("has a system call filter that this one lacks"), "\(answer)")
    #expect(probe.statuses("Seccomp").sorted() == ["0", "2"], "nothing has changed")
    #expect(probe.ask("enter off")?.hasPrefix("entered") == true, "the control: without a filter it is not in the way")
  }

  @Test func `the closed box by a process with threads`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads pthread 2") == "ok")
    try expectRefusal(
      "enter closed", "namespaces.user", "namespaces.mount", "namespaces.pid", "takes a fork", "this one has 3",
      "Sandbox.worker(root:user:keeping:)", of: probe)
  }

  @Test(.requires(.root)) func `more groups than it takes`() throws {
    let probe = try EnterProbe()
    let groups = { (count: Int) in (3001...3000 + count).map(String.init).joined(separator: ",") }
    let told = "credentials.groups: a jail takes at most 338 groups; these are 339"
    try expectRefusal("enter user=20077 groups=\(groups(339)) off", told, of: probe)
    #expect(probe.ask("enter user=20077 groups=\(groups(338)) off")?.hasPrefix("entered") == true, "\(probe.complaint)")
  }

  @Test func `what is for spawning alone`() throws {
    let probe = try EnterProbe()
    try expectRefusal("enter deadline", "deadline: a process that enters ends itself", of: probe)
    try expectRefusal("validate deadline", "deadline:", of: probe)
    #expect(probe.ask("validate") == "ok")
  }

  @Test func `parts that an entry would not read are named`() {
    var sandbox = Sandbox.worker()
    func paths() -> Set<String> {
      do throws(Sandbox.Error) {
        try sandbox.validate(for: .enter)
        return []
      } catch { return Set(error.problems.map(\.path.description)) }
    }
    let parts: Set = ["namespaces.users", "namespaces.groups", "filesystem.root"]
    #expect(paths().isDisjoint(with: parts), "the control")
    sandbox.namespaces.users = .subordinate
    sandbox.namespaces.groups = .mappings([.init(inside: 0, outside: 1)])
    sandbox.filesystem.rootChange = .chroot
    #expect(paths().isSuperset(of: parts))
  }

  @Test func `a user that the host does not have, a root that is none`() throws {
    let probe = try EnterProbe()
    let directory = try TemporaryDirectory()
    let file = try directory.file("file", "")
    try expectRefusal("enter user=nobdy", "the host's /etc/passwd has no user \"nobdy\"", "did you mean \"nobody\"?", of: probe)
    try expectRefusal("enter user=20077 root=/no/such", "filesystem.entryRoot: \"/no/such\" does not exist", of: probe)
    try expectRefusal("enter user=20077 root=\(file)", "is no directory", of: probe)
    try expectRefusal("enter user=20077 root=tmp", "is no absolute path", of: probe)
    // mkdtemp's own mode.
    try expectRefusal("enter user=20078 root=\(directory.path)", "cannot be searched by user 20078", of: probe)
    try expectRefusal("enter fd=77", "descriptors[77]: there is no such descriptor open", of: probe)
  }

  @Test(.requires(.root)) func `root in a chroot without a reason`() throws {
    let probe = try EnterProbe()
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    try expectRefusal("enter root=\(root.path)", "staying root there needs a reason", of: probe)
    try expectRefusal(
      "enter root=\(root.path) user=20077 keep=cap_sys_chroot", "capabilities.reason: keeping cap_sys_chroot needs a reason",
      of: probe)
    #expect(probe.ask("enter root=\(root.path) why=because")?.hasPrefix("entered") == true)
  }

  @Test(.requires(.root)) func `a directory that stays open, with another root`() throws {
    let probe = try EnterProbe()
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    let number = try #require(probe.ask("directory /")?.split(separator: " ").last)
    try expectRefusal("enter root=\(root.path) user=20077 fd=\(number)", "would lead out of the new root", of: probe)
    try expectRefusal("enter root=\(root.path) user=20077 fd=all", "descriptor \(number) is a directory", of: probe)
  }

  @Test(.requires(.user)) func `a right that an ordinary user lacks is named`() throws {
    let probe = try EnterProbe()
    try expectRefusal("enter user=0 group=0", "takes CAP_SETUID", "takes CAP_SETGID", "CAP_SETPCAP", of: probe)
    try expectRefusal("enter root=/tmp", "takes CAP_SYS_CHROOT", of: probe)
    try expectRefusal("enter bounding", "capabilities.bounding: dropping from the bounding set takes CAP_SETPCAP", of: probe)
    try expectRefusal("enter keep=cap_kill", "this process has not cap_kill", of: probe)
  }

  @Test(.requires(.user)) func `namespaces that its filter refuses, and says so`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("enter")?.hasPrefix("entered") == true)
    let answer = try #require(probe.ask("enter inplace"), "\(probe.complaint)")
    #expect(answer.hasPrefix("refused setup: namespaces: nothing has changed: unshare("), "\(answer)")
    #expect(answer.contains("hint: a system call filter above this process"), "\(answer)")
  }

  @Test func `a command that joins namespaces, and streams that someone would have to serve`() {
    var command = Sandbox.Command("/bin/true")
    command.namespaces = [.network: .standardInput]
    command.terminal = Sandbox.Terminal()
    command.descriptors = [7: .init(.standardInput)]
    let error = #expect(throws: Sandbox.Error.self) { try Sandbox.inPlace.enforcement(forExec: command) }
    let paths = Set(error?.problems.map(\.path.description) ?? [])
    let parts: Set = ["command.namespaces.network", "command.terminal", "command.descriptors", "command.output"]
    #expect(paths.isSuperset(of: parts), "\(String(describing: error))")
    #expect("\(error!)".contains("no namespace can be joined here: a process that enters stays in those that it has"))
  }

  @Test func `from two threads at once, one enters and the other is told`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads pthread 16") == "ok")
    let answer = try #require(probe.ask("twice limit=openFiles:64"), "\(probe.complaint)")
    // The two may also come one after the other.
    #expect(answer.contains("entered"), "\(answer)")
    #expect(!answer.contains("refused") || answer.contains("another thread of this process is entering"), "\(answer)")
    // The first waits for one that it cannot have.
    let waiting = try EnterProbe()
    #expect(waiting.ask("threads deaf 1") == "ok")
    let both = try #require(waiting.ask("twice"), "\(waiting.complaint)")
    #expect(both.contains("blocks signal 33") && both.contains("another thread of this process is entering"), "\(both)")
    expectUnchanged(waiting)
  }

  @Test func `a second entry only tightens`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("threads pthread 2") == "ok")
    #expect(probe.ask("enter limit=openFiles:64 umask=027")?.hasPrefix("entered") == true)
    #expect(probe.ask("enter limit=openFiles:32 umask=077")?.hasPrefix("entered") == true, "narrower")
    #expect(probe.ask("files") == "most 31")
    for (wider, message) in [
      ("limit=openFiles:64 umask=077", "above the hard limit in force, 32, and a second entry only tightens"),
      ("umask=077 off", "filter: this process has a filter, and a second entry only tightens"),
      ("umask=022", "credentials.umask: 022 gives new files more than 077"),
      ("umask=077 keep=cap_kill", "this process has not cap_kill"),
    ] {
      let answer = try #require(probe.ask("enter \(wider)"))
      #expect(answer.hasPrefix("refused invalid") && answer.contains(message), "\(answer)")
    }
  }

  @Test(.requires(.root)) func `a capability over other users' processes without a reason`() throws {
    for name in ["cap_kill", "cap_sys_nice"] {
      let probe = try EnterProbe()
      try expectRefusal("enter user=20077 keep=\(name)", "capabilities.reason: keeping \(name) needs a reason", of: probe)
      #expect(probe.ask("enter user=20077 keep=\(name) why=test")?.hasPrefix("entered") == true, "the control")
    }
  }

  @Test(.requires(.root)) func `a second entry gains no user, no group and no capability`() throws {
    let kept = "keep=cap_setuid,cap_setgid permit=cap_chown why=test off"
    let probe = try EnterProbe()
    #expect(probe.ask("enter user=20077 \(kept)")?.hasPrefix("entered") == true, "\(probe.complaint)")
    for (wider, message) in [
      ("user=20078 \(kept)", "credentials.user: it is another user than the one in force"),
      ("user=20077 groups=20099 \(kept)", "credentials.groups[0]: it is a group that is not in force"),
      ("user=20077 keep=cap_chown why=test off", "capabilities.effective: cap_chown is not in force"),
    ] {
      let answer = try #require(probe.ask("enter \(wider)"))
      #expect(answer.hasPrefix("refused invalid") && answer.contains(message), "\(answer)")
    }
    #expect(Set(probe.statuses("Uid")) == ["20077 20077 20077 20077"])
    #expect(probe.ask("enter user=20077 keep=cap_setuid why=test off")?.hasPrefix("entered") == true, "the control: fewer")
    // Root gives something up with any other user.
    let root = try EnterProbe()
    #expect(root.ask("enter keep=cap_setuid,cap_setgid,cap_setpcap why=test off")?.hasPrefix("entered") == true)
    #expect(root.ask("enter user=20077 off")?.hasPrefix("entered") == true, "\(root.complaint)")
  }

  @Test(.requires(.root)) func `an ambient capability that the securebits in force forbid`() throws {
    let probe = try EnterProbe()
    #expect(probe.ask("secure") == "number 0 number 0")
    try expectRefusal(
      "enter bare user=0 group=0 ambient=cap_chown why=test",
      "capabilities.ambient: the securebits in force (no_cap_ambient_raise) forbid to raise cap_chown", of: probe)
    #expect(probe.ask("enter bare user=0 group=0 why=test")?.hasPrefix("entered") == true, "the control")
  }

  @Test(.requires(.root)) func `a user that its user namespace does not have`() throws {
    let probe = try EnterProbe("/usr/bin/unshare", ["--user", "--map-root-user", EnterProbe.path])
    let answer = try #require(probe.ask("enter user=20077"), "\(probe.complaint)")
    #expect(answer.hasPrefix("refused invalid") && answer.contains("has no user 20077"), "\(answer)")
    #expect(answer.contains("has no group 20077"), "\(answer)")
    #expect(Set(probe.statuses("NoNewPrivs")) == ["0"])
    let stays = try #require(probe.ask("enter user=0 group=0 bare fd=all"))
    #expect(!stays.contains("has no user"), "the control: \(stays)")
  }

  @Test func `a root that is built with too few descriptors`() throws {
    let few = try EnterProbe("/bin/sh", ["-c", "ulimit -n 12 && exec '\(EnterProbe.path)'"])
    let answer = try #require(few.ask("enter inplace"), "\(few.complaint)")
    #expect(answer.contains("descriptors: entering takes up to") && answer.contains("raise ulimit -n"), "\(answer)")
    #expect(Set(few.statuses("NoNewPrivs")) == ["0"])
    let enough = try EnterProbe("/bin/sh", ["-c", "ulimit -n 256 && exec '\(EnterProbe.path)'"])
    #expect(enough.ask("enter inplace")?.contains("takes up to") == false, "the control")
  }
}
