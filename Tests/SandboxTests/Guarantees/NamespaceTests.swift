import Glibc
import Sandbox
import SandboxKernel
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

  @Test func `clocks are set off, forwards and backwards`() async throws {
    let read = "import time; print(time.clock_gettime(time.CLOCK_MONOTONIC), time.clock_gettime(time.CLOCK_BOOTTIME))"
    func clocks(_ text: String) -> [Double] { text.split { $0.isWhitespace }.compactMap { Double($0) } }
    let host = clocks(try Unjailed.python(read))
    let plain = clocks(try await Jailed.python(read))
    #expect(plain[0] - host[0] < 60, "the control: the host's time")
    var sandbox = Sandbox()
    sandbox.namespaces.clockOffsets = .init(monotonic: .seconds(100_000), boot: .milliseconds(-1500))
    let set = clocks(try await Jailed.python(read, in: sandbox))
    let after = clocks(try Unjailed.python(read))
    #expect(set[0] >= host[0] + 100_000 && set[0] <= after[0] + 100_000)
    #expect(set[1] >= host[1] - 1.5 && set[1] <= after[1] - 1.5)
    #expect(
      try await Jailed.shell("readlink /proc/self/ns/time", in: sandbox)
        != Unjailed.run("/usr/bin/readlink", ["/proc/self/ns/time"]).output)
  }

  @Test func `offsets that the kernel refuses, and a time namespace that is not the jail's own, are errors`() async throws {
    var sandbox = Sandbox()
    sandbox.namespaces.clockOffsets.monotonic = .seconds(-1_000_000_000)
    let refused = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(refused?.errno == ERANGE && refused?.problems.first?.path.description == "namespaces.clockOffsets")
    #expect(refused?.problems.first?.hint?.contains("negative") == true)
    sandbox.namespaces.time = .host(because: "the test")
    let shared = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(shared?.problems.map(\.path.description) == ["namespaces.clockOffsets"])
    sandbox.namespaces.time = .own
    let prepared = try await sandbox.prepare()
    let first = await #expect(throws: Sandbox.Error.self) { try await prepared.run("/bin/true") }
    #expect(first?.errno == ERANGE && first?.problems.first?.path.description == "namespaces.clockOffsets")
  }

  @Test func `a namespace's sysctls are the jail's own`() async throws {
    let look = "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ip_default_ttl"
    let host = try Unjailed.run("/bin/sh", ["-c", look]).output
    var sandbox = Sandbox()
    sandbox.namespaces.sysctls = ["net.ipv4.ip_unprivileged_port_start": "80", "net.ipv4.ip_default_ttl": "77"]
    let bind = "import socket; socket.create_server((\"127.0.0.1\", 80)); print(\"bound\")"
    #expect(try await Jailed.shell("\(look); python3 -c '\(bind)'", in: sandbox) == "80\n77\nbound\n")
    #expect(try await Jailed.shell("python3 -c '\(bind)' 2>&1 | tail -1").contains("Permission denied"), "the control")
    #expect(try Unjailed.run("/bin/sh", ["-c", look]).output == host)
    // Without a /proc inside, through one that nobody sees.
    sandbox.filesystem.mounts.removeAll { $0 == .proc }
    #expect(try await Jailed.shell("python3 -c '\(bind)'", in: sandbox) == "bound\n")
  }

  @Test(arguments: [
    ("vm.swappiness", "belongs to no namespace"), ("kernel.shmal", "did you mean \"kernel.shmall\"?"),
    ("kernel.hostname", "a place of their own"), ("net..x", "no sysctl's name"), ("net.a/b", "no sysctl's name"),
    ("user.max_user_namespaces", "belongs to no namespace"),
  ]) func `a sysctl of the machine's is refused`(_ name: String, _ message: String) throws {
    var sandbox = Sandbox()
    sandbox.namespaces.sysctls = [name: "1"]
    let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(error?.problems.first?.path.description == "namespaces.sysctls.\(name)")
    #expect(error?.problems.first?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test func `a sysctl of a shared namespace, one that is not there, and a bad value are errors`() async throws {
    var sandbox = Sandbox()
    sandbox.namespaces.sysctls = ["net.ipv4.ip_default_ttl": "77"]
    sandbox.namespaces.network = .host(because: "the test")
    #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    sandbox.namespaces.network = .own
    sandbox.namespaces.sysctls = ["net.ipv4.no_such": "1"]
    let missing = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(missing?.errno == ENOENT && missing?.problems.first?.path.description == "namespaces.sysctls.net.ipv4.no_such")
    sandbox.namespaces.sysctls = ["net.ipv4.ip_default_ttl": "9999"]
    let bad = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(bad?.errno == EINVAL && bad?.problems.first?.hint != nil)
  }

  @Test func `a sysctl is the kernel's, not what the policy has put in its place`() async throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("ip_default_ttl", "theirs\n")
    var sandbox = Sandbox()
    sandbox.namespaces.sysctls = ["net.ipv4.ip_default_ttl": "77"]
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/proc/sys/net/ipv4", access: .readWrite))
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(
      error?.problems.first?.path.description == "namespaces.sysctls.net.ipv4.ip_default_ttl", "\(String(describing: error))")
    #expect(try Text.of(file) == "theirs\n")
    sandbox.filesystem.mounts.removeLast()
    #expect(try await Jailed.shell("cat /proc/sys/net/ipv4/ip_default_ttl", in: sandbox) == "77\n", "the control")
  }

  @Test(.requires(.root)) func `a namespace that exists is joined by its file`() async throws {
    // One that a program of the test's own holds, and the jail's user is not its owner.
    let holder = try Victim(["/usr/bin/unshare", "--net", "--ipc", "--uts", "/bin/sleep", "600"])
    let command = "/proc/\(holder.pid)/ns"
    for _ in 0..<500 {
      let link = try Unjailed.run("/usr/bin/readlink", ["\(command)/net"]).output
      if link != (try Unjailed.run("/usr/bin/readlink", ["/proc/self/ns/net"]).output), !link.isEmpty { break }
      usleep(10_000)
    }
    var sandbox = Sandbox()
    sandbox.namespaces.network = .existing(at: "\(command)/net", because: "two programs share one")
    sandbox.namespaces.ipc = .existing(at: "\(command)/ipc", because: "two programs share one")
    sandbox.namespaces.uts = .existing(at: "\(command)/uts", because: "two programs share one")
    let look = ["net", "ipc", "uts"].map { "readlink /proc/self/ns/\($0)" }.joined(separator: "; ")
    let theirs = try Unjailed.run("/bin/sh", ["-c", "cd \(command); readlink net ipc uts"]).output
    let process = try await sandbox.spawn(.init("/bin/sh", arguments: ["-c", look]))
    #expect(process.enforcement.openings.map(\.path.description) == ["namespaces.network", "namespaces.ipc", "namespaces.uts"])
    #expect(try await process.wait().standardOutput == theirs)
    #expect(try await Jailed.shell(look) != theirs, "the control")
    // A further program is where the jail is, not where its host is.
    let living = try await sandbox.spawn(.init("/bin/sleep", arguments: ["600"]))
    #expect(try await living.run(.init("/bin/sh", arguments: ["-c", look])).standardOutput == theirs)
    await living.kill()
    let prepared = try await sandbox.prepare()
    #expect(try await prepared.run("/bin/sh", arguments: ["-c", look]).standardOutput == theirs)
    await prepared.end()
  }

  @Test(.requires(.root)) func `a namespace is joined by a descriptor of its file, or of a process`() async throws {
    let holder = try Victim(["/usr/bin/unshare", "--net", "--uts", "/bin/sleep", "600"])
    let own = try NamespaceState()
    for _ in 0..<500 where try NamespaceState(ofProcess: holder.pid).shared(with: own).contains(.uts) { usleep(10_000) }
    let theirs = try NamespaceState(ofProcess: holder.pid)
    #expect(theirs.shared(with: own) == [.user, .mount, .pid, .ipc, .cgroup, .time])

    let process = SharedDescriptor(try OwnedDescriptor.process(holder.pid))
    let pidfd = process.number
    let file = open("/proc/\(holder.pid)/ns/uts", O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var command = Sandbox.Command(
      "/bin/sh", arguments: ["-c", "readlink /proc/self/ns/net /proc/self/ns/uts; ls /proc/self/fd | wc -l"])
    command.namespaces = [.network: .init(rawValue: pidfd), .uts: .init(rawValue: file)]
    let jailed = try await Sandbox().spawn(command)
    #expect(jailed.enforcement.openings.map(\.path.description) == ["command.namespaces.network", "command.namespaces.uts"])
    var waiting = Sandbox.Command("/bin/sleep", arguments: ["600"])
    waiting.namespaces = command.namespaces
    let living = try await Sandbox().spawn(waiting)
    #expect(try await living.run(.init("/bin/true")).enforcement == living.enforcement, "a further program lives there, too")
    await living.kill()
    // What is another's cannot be changed, whoever says that it is.
    var changing = Sandbox()
    changing.namespaces.hostName = "mine"
    changing.namespaces.clockOffsets.monotonic = .seconds(100_000)
    try changing.validate(for: .spawn)
    command.namespaces[.time] = .init(rawValue: pidfd)
    let unchangeable = #expect(throws: Sandbox.Error.self) { try changing.plan(for: command) }
    #expect(unchangeable?.kind == .invalid)
    #expect(unchangeable?.problems.map(\.path.description) == ["namespaces.clockOffsets", "namespaces.hostName"])
    #expect(
      try await jailed.wait().standardOutput == "net:[\(theirs.numbers[.network]!)]\nuts:[\(theirs.numbers[.uts]!)]\n4\n")

    // What is none, one of another kind, and a process that is gone.
    command.namespaces = [.ipc: .init(rawValue: file)]
    let other = await #expect(throws: Sandbox.Error.self) { try await Sandbox().run(command) }
    #expect(other?.errno == EINVAL && other?.problems.first?.path.description == "command.namespaces.ipc")
    command.namespaces = [.ipc: .init(rawValue: 9999)]
    let closed = await #expect(throws: Sandbox.Error.self) { try await Sandbox().run(command) }
    #expect(closed?.errno == EBADF && closed?.problems.first?.path.description == "command.namespaces.ipc")
    kill(holder.pid, SIGKILL)
    for _ in 0..<500 where holder.isRunning { usleep(10_000) }
    command.namespaces = [.network: .init(rawValue: pidfd)]
    let gone = await #expect(throws: Sandbox.Error.self) { try await Sandbox().run(command) }
    #expect(gone?.errno == ESRCH)
    withExtendedLifetime(process) {}
  }

  @Test func `a command that joins what is not the command's to say is refused`() async throws {
    var command = Sandbox.Command("/bin/true")
    command.namespaces = [.network: .standardInput]
    var shared = Sandbox()
    shared.namespaces.network = .host(because: "the test")
    let twice = #expect(throws: Sandbox.Error.self) { try shared.plan(for: command) }
    #expect(twice?.problems.map(\.path.description) == ["command.namespaces.network"])
    let prepared = try await Sandbox().prepare()
    let fixed = await #expect(throws: Sandbox.Error.self) { try await prepared.run(command) }
    #expect(fixed?.problems.first?.message.contains("has fixed") == true)
    await prepared.end()
    command.namespaces = [.pid: .standardInput]
    let pid = #expect(throws: Sandbox.Error.self) { try Sandbox().plan(for: command) }
    #expect(pid?.problems.first?.hint?.contains("Process.spawn") == true)
  }

  @Test func `what cannot be joined is named`() async throws {
    func error(at path: String, _ reason: String = "the test") async -> Sandbox.Error? {
      var sandbox = Sandbox()
      sandbox.namespaces.network = .existing(at: path, because: reason)
      return await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    }
    #expect(await error(at: "/no/such")?.errno == ENOENT)
    #expect(await error(at: "no")?.kind == .invalid)
    #expect(await error(at: "/proc/self/ns/net", " ")?.kind == .invalid)
    let other = await error(at: "/proc/self/ns/uts")
    #expect(other?.errno == EINVAL && other?.call == "setns" && other?.problems.first?.path.description == "namespaces.network")
    #expect(await error(at: "/usr/bin/env")?.errno == EINVAL)
    if geteuid() != 0 {
      let foreign = await error(at: "/proc/self/ns/net")
      #expect(foreign?.errno == EPERM && foreign?.cause == .missingCapability)
    }
    let directory = try TemporaryDirectory()
    #expect(mkfifo(directory.path + "/fifo", 0o600) == 0)
    #expect(await error(at: directory.path + "/fifo")?.errno == EINVAL)
  }
}

/// A process of the test's own that a payload tries to reach.
final class Victim {
  let pid: pid_t

  init(_ words: [String] = ["/bin/sleep", "600"]) throws {
    var pid: pid_t = 0
    let copies: [UnsafeMutablePointer<CChar>?] = words.map { (text: String) in strdup(text) } + [nil]
    defer { for copy in copies { free(copy) } }
    let error = posix_spawn(&pid, words[0], nil, nil, copies, environ)
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
