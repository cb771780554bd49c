import Glibc
import Testing

/// A call of an entry that fails: before the first change it throws, and nothing has changed; after it, the process ends. strace(1)
/// makes the kernel refuse one.
@Suite("An entry that fails", .requires(.root)) struct EnterFailureTests {
  private static func probe(refusing call: String) throws -> EnterProbe {
    try EnterProbe(
      "/usr/bin/strace", ["-f", "-qq", "-o", "/dev/null", "-e", "inject=\(call):error=EPERM", EnterProbe.path])
  }

  @Test func `at chroot, leaves the process where it was`() throws {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    let probe = try Self.probe(refusing: "chroot")
    #expect(probe.ask("threads pthread 2") == "ok", "\(probe.complaint)")
    #expect(probe.ask("chdir /usr") == "ok")
    let answer = try #require(probe.ask("enter root=\(root.path) user=20077"), "\(probe.complaint)")
    #expect(answer.hasPrefix("refused setup: filesystem.entryRoot: nothing has changed: chroot("), "\(answer)")
    #expect(probe.ask("cwd") == "/usr")
    #expect(probe.ask("open /etc/shadow") == "ok")
  }

  @Test func `at the first descriptor, leaves them open`() throws {
    let probe = try Self.probe(refusing: "close_range")
    let number = try #require(probe.ask("directory /")?.split(separator: " ").last)
    let answer = try #require(probe.ask("enter"), "\(probe.complaint)")
    #expect(answer.hasPrefix("refused setup: descriptors: nothing has changed: close_range("), "\(answer)")
    #expect(probe.ask("isopen \(number)") == "ok")
  }

  @Test func `after the first change, ends the process though nobody reads what it says`() throws {
    let probe = try Self.probe(refusing: "setresuid")
    #expect(probe.ask("choke") == "number 2", "\(probe.complaint)")
    // Its reading end stays open, too.
    #expect(probe.ask("enter user=20077 fd=all") == nil)
    #expect(probe.end() == 125 << 8)
  }

  @Test func `at a descriptor that does not tell what it is, throws`() throws {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    let file = try root.file("file", "")
    let words = ["-f", "-qq", "-o", "/dev/null", "-P", file, "-e", "inject=statx:error=EIO", EnterProbe.path]
    for (isOpen, expected) in [(true, "refused host: descriptors: nothing has changed: descriptor"), (false, "entered")] {
      let probe = try EnterProbe("/usr/bin/strace", words)
      if isOpen { #expect(probe.ask("path \(file)")?.hasPrefix("number") == true) }
      let answer = try #require(probe.ask("enter root=\(root.path) user=20077 fd=all off"), "\(probe.complaint)")
      #expect(answer.hasPrefix(expected) && (!isOpen || answer.contains("does not tell what it is (EIO)")), "\(answer)")
    }
  }

  @Test(arguments: [
    ("setresgid", "BECOME", "credentials"), ("setresuid", "BECOME", "credentials"),
    ("capset", "SET_CAPABILITIES", "capabilities"), ("seccomp", "SYNCHRONIZE_FILTER", "filter"),
    ("prctl", "SET_SECURE_BITS", "capabilities.secureBits"),
  ]) func `after the first change, ends the process and says where`(
    _ call: String, _ step: String, _ path: String
  ) throws {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    let probe = try Self.probe(refusing: call)
    for kind in ["pthread", "blocking"] { #expect(probe.ask("threads \(kind) 2") == "ok", "\(probe.complaint)") }
    let answer = probe.ask("enter root=\(root.path) user=20077")
    try #require(answer == nil, "\(answer!)")
    let status = probe.end()
    #expect(status == 125 << 8, "\(status)")
    #expect(
      probe.complaint.contains("enter() failed after its first change, and ends the process: \(path): \(call)(")
        && probe.complaint.contains("): EPERM (operation not permitted); step ")
        && probe.complaint.contains("(\(step)) on thread "),
      "\(probe.complaint)")
  }

  /// As under a filter of the host's that answers 0 (root that is only played, as some containers have it): what came of a call is
  /// looked at by the thread that made it, and then of each thread.
  @Test(arguments: [
    ("setresuid", "credentials: setresuid(uid 20077", 1), ("setresgid", "credentials: setresgid(uid 20077", 1),
    ("setgroups", "credentials: setgroups(uid 20077", 1), ("capset", "capabilities: capset(", 1),
    ("close_range", "descriptors: it has another descriptor open", 1), ("umask", "credentials.umask: its umask is another", 4),
    ("chroot", "filesystem.entryRoot: chroot(", 1), ("unshare", "its namespaces are others", 1),
  ]) func `at a call that only says that it succeeded, ends the process`(_ call: String, _ expected: String, _ first: Int) throws
  {
    let root = try TemporaryDirectory()
    chmod(root.path, 0o755)
    for isPlayed in [true, false] {
      let inject = isPlayed ? ["-e", "inject=\(call):retval=0:when=\(first)+"] : ["-e", "trace=none"]
      let grouped = ["--groups", "4,24", "/usr/bin/strace", "-f", "-qq", "-o", "/dev/null"]
      let probe = try EnterProbe("/usr/bin/setpriv", grouped + inject + [EnterProbe.path])
      #expect(probe.ask("threads pthread 1") == "ok", "\(probe.complaint)")
      #expect(probe.ask("path /etc/hostname")?.hasPrefix("number") == true)
      let command = call == "unshare" ? "enter own=ipc user=20077 off" : "enter root=\(root.path) user=20077 umask=026 off"
      let answer = probe.ask(command)
      guard isPlayed else {
        #expect(answer?.hasPrefix("entered") == true, "the control: \(answer ?? probe.complaint)")
        continue
      }
      try #require(answer == nil, "\(answer!)")
      #expect(probe.end() == 125 << 8)
      #expect(probe.complaint.contains(expected), "\(probe.complaint)")
    }
  }
}
