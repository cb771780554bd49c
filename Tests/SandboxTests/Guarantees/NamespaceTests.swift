import Glibc
import Sandbox
import Testing

@Suite("Namespaces") struct NamespaceTests {
  static let files = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"]

  @Test(arguments: files) func `each is the jail's own`(_ name: String) async throws {
    let host = try Unjailed.run("/usr/bin/readlink", ["/proc/self/ns/\(name)"]).output
    #expect(host.hasPrefix("\(name):["), "the control: an unjailed program is in the host's")
    #expect(try Unjailed.run("/usr/bin/readlink", ["/proc/self/ns/\(name)"]).output == host)
    let jailed = try await Jailed.shell("readlink /proc/self/ns/\(name)")
    #expect(jailed.hasPrefix("\(name):["))
    #expect(jailed != host)
  }

  @Test func `a payload cannot see or signal the host's processes`() async throws {
    let victim = try Victim()
    let look = "import os; os.kill(\(victim.pid), 0)"
    #expect(try Unjailed.run("/usr/bin/python3", ["-c", look]).status == 0, "the control reaches it")
    let seen = try await Jailed.python(
      """
      import os
      print(sorted(int(p) for p in os.listdir("/proc") if p.isdigit()))
      try:
          os.kill(\(victim.pid), 9)
      except ProcessLookupError:
          print("no such process")
      """)
    #expect(seen == "[1, 2]\nno such process\n")
    #expect(victim.isRunning)
  }

  @Test func `a signal to its process group does not reach the host`() async throws {
    let outcome = try await Sandbox().run(
      "/bin/bash", arguments: ["-c", "trap 'echo caught' TERM; kill -TERM 0; kill -TERM -1; echo on"])
    #expect(outcome.standardOutput.hasSuffix("on\n"))
    #expect(try await Jailed.python("import os; print(os.getsid(0) == os.getpid() == os.getpgrp())") == "True\n")
  }

  @Test func `the host's name is its own and stays`() async throws {
    let before = try Unjailed.run("/bin/hostname", []).output
    #expect(try await Jailed.shell("hostname") == "sandbox\n")
    var named = Sandbox()
    named.namespaces.hostName = "box"
    #expect(try await Jailed.shell("hostname", in: named) == "box\n")
    #expect(try Unjailed.run("/bin/hostname", []).output == before)
  }

  @Test func `no user namespace can be made inside`() async throws {
    let make = Jailed.attempt + "print(attempt(lambda: call(272, 0x10000000)))"  // unshare(CLONE_NEWUSER), x86_64
    #expect(try Unjailed.python(make) == "ok\n", "the control: the host allows it")
    // Both guards, each alone: the filter, and where it is off, the limit of the namespace.
    #expect(try await Jailed.python(make) == "EPERM\n")
    var unfiltered = Sandbox()
    unfiltered.filter = .off(because: "the test looks at what lies below it")
    #expect(try await Jailed.python(make, in: unfiltered) == "ENOSPC\n")
    let raise = Jailed.attempt + "print(attempt(lambda: open('/proc/sys/user/max_user_namespaces', 'w').write('9')))"
    #expect(["EACCES\n", "EROFS\n"].contains(try await Jailed.python(raise, in: unfiltered)))
  }

  @Test func `sharing the host's needs a reason, and shows`() async throws {
    var sandbox = Sandbox()
    sandbox.namespaces.uts = .host(because: "the test compares names")
    sandbox.namespaces.hostName = Sandbox().namespaces.hostName
    let process = try await sandbox.spawn(.init("/bin/hostname"))
    #expect(process.enforcement.openings.map(\.path.description) == ["namespaces.uts"])
    #expect(try await process.wait().standardOutput == (try Unjailed.run("/bin/hostname", []).output))
    sandbox.namespaces.uts = .host(because: " ")
    #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
  }
}

/// A process of the test's own that a payload tries to reach.
final class Victim {
  let pid: pid_t

  init() throws {
    var pid: pid_t = 0
    let copies: [UnsafeMutablePointer<CChar>?] = ["/bin/sleep", "600"].map { (text: String) in strdup(text) } + [nil]
    defer { for copy in copies { free(copy) } }
    let error = posix_spawn(&pid, "/bin/sleep", nil, nil, copies, environ)
    guard error == 0 else { throw Unjailed.Failure(errno: error) }
    self.pid = pid
  }

  var isRunning: Bool {
    var status: CInt = 0
    return waitpid(pid, &status, WNOHANG) == 0
  }

  deinit {
    kill(pid, SIGKILL)
    var status: CInt = 0
    waitpid(pid, &status, 0)
  }
}
