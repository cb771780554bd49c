import Glibc
import Testing

@testable import Sandbox

/// Jails of a prepared sandbox: the same as others, and nothing of one in the next.
@Suite("Prepared sandboxes") struct PreparedTests {
  private static let networks: [Sandbox.Prepared.NetworkPreparation] = [.ahead, .onTheSpot]

  /// What a payload sees of its jail, without what differs from one to the next.
  private static let inventory = """
    import os, re, resource, socket
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        dash = fields.index("-")
        print("mount", fields[3], fields[4], fields[5], fields[dash + 1:], sep=" ")
    for line in open("/proc/self/status"):
        if re.match("Cap|NoNewPrivs|Seccomp|Sig(Blk|Ign)|Uid|Gid|Groups|NSpid|NSsid|Umask", line):
            print(re.sub("[0-9]{9,}", "*", line.strip()))
    for name in dir(resource):
        if name.startswith("RLIMIT_"): print(name, resource.getrlimit(getattr(resource, name)))
    print(sorted(os.environ.items()), os.getcwd(), socket.gethostname(), sorted(os.listdir("/proc/self/fd")))
    print(sorted(os.listdir("/")), sorted(os.listdir("/dev")), sorted(os.listdir("/etc")))
    print([open("/etc/" + name).read() for name in ("passwd", "group", "hosts", "hostname", "nsswitch.conf")])
    print(open("/proc/1/comm").read(), open("/proc/1/cmdline").read(), open("/proc/sys/user/max_user_namespaces").read())
    print([i[1] for i in socket.if_nameindex()], sorted(int(p) for p in os.listdir("/proc") if p.isdigit()))
    """

  @Test(arguments: networks) func `its jail is the very jail that one for itself is`(
    _ network: Sandbox.Prepared.NetworkPreparation
  ) async throws {
    let own = try await Jailed.python(Self.inventory)
    #expect(own.contains("mount / /proc "))
    let prepared = try await Sandbox().prepare(network: network)
    for _ in 0..<2 {
      let outcome = try await prepared.run("/usr/bin/python3", arguments: ["-c", Self.inventory])
      #expect(Set(lines(outcome.standardOutput)).symmetricDifference(lines(own)) == [])
      #expect(outcome.enforcement == Sandbox().enforcement(for: nil, on: try Sandbox().host()))
    }
    // The control: another policy's inventory differs.
    var other = Sandbox()
    other.namespaces.hostName = "elsewhere"
    #expect(try await Jailed.python(Self.inventory, in: other) != own)
    await prepared.end()
  }

  @Test(arguments: networks) func `two of its jails share no namespace but the user namespace`(
    _ network: Sandbox.Prepared.NetworkPreparation
  ) async throws {
    let prepared = try await Sandbox().prepare(network: network)
    let script = "for n in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$n; done; exec sleep 600"
    var seen: [[String]] = []
    var processes: [Sandbox.Process] = []
    for _ in 0..<3 {
      let process = try await prepared.spawn(.init("/bin/bash", arguments: ["-c", script], output: .sequence))
      var text = ""
      for try await chunk in process.standardOutput! {
        text += String(decoding: chunk, as: UTF8.self)
        if lines(text).count == 8, text.hasSuffix("\n") { break }
      }
      seen.append(lines(text))
      processes.append(process)
    }
    let host = try Unjailed.run("/bin/bash", ["-c", String(script.dropLast(" exec sleep 600".count))]).output
    for kind in 0..<8 {
      let all = Set(seen.map { $0[kind] } + [lines(host)[kind]])
      #expect(all.count == (kind == 0 ? 2 : 4), "\(all)")
    }
    for process in processes { await process.kill() }
  }

  @Test func `nothing that one jail leaves is there for the next`() async throws {
    let prepared = try await Sandbox().prepare()
    let first = try await prepared.run(
      "/usr/bin/python3",
      arguments: [
        "-c",
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        open("/tmp/left", "w").write("x"); open("/dev/shm/left", "w").write("x")
        print(libc.shmget(1234, 4096, 0o1600) >= 0)
        print(sorted(os.listdir("/tmp")), sorted(os.listdir("/dev/shm")))
        """,
      ])
    #expect(first.standardOutput == "True\n['left'] ['left']\n", "the control: it is there for itself")
    let second = try await prepared.run(
      "/usr/bin/python3",
      arguments: [
        "-c",
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        print(libc.shmget(1234, 4096, 0o600) >= 0)
        print(sorted(os.listdir("/tmp")), sorted(os.listdir("/dev/shm")))
        """,
      ])
    #expect(second.standardOutput == "False\n[] []\n")
  }

  @Test func `abstract sockets and ports of one are not another's`() async throws {
    let prepared = try await Sandbox().prepare()
    let listen = """
      import socket, time
      a = socket.socket(socket.AF_UNIX); a.bind("\\0name"); a.listen()
      b = socket.socket(); b.bind(("127.0.0.1", 4000)); b.listen()
      print("ready", flush=True); time.sleep(600)
      """
    let server = try await prepared.spawn(.init("/usr/bin/python3", arguments: ["-c", listen], output: .sequence))
    var iterator = server.standardOutput!.makeAsyncIterator()
    _ = try await iterator.next()
    let outcome = try await prepared.run(
      "/usr/bin/python3",
      arguments: [
        "-c",
        """
        import socket
        for family, address in ((socket.AF_UNIX, "\\0name"), (socket.AF_INET, ("127.0.0.1", 4000))):
            try:
                socket.socket(family).connect(address); print("connected")
            except ConnectionRefusedError:
                print("refused")
        # The control: its own can be reached.
        s = socket.socket(); s.bind(("127.0.0.1", 4000)); s.listen(); socket.create_connection(("127.0.0.1", 4000)); print("own")
        """,
      ])
    #expect(outcome.standardOutput == "refused\nrefused\nown\n", "\(outcome.standardError)")
    await server.kill()
  }

  @Test(arguments: networks, [2, 64]) func `any number of tasks use it at once`(
    _ network: Sandbox.Prepared.NetworkPreparation, _ count: Int
  ) async throws {
    let prepared = try await Sandbox().prepare(network: network)
    let answers = try await withThrowingTaskGroup(of: String.self) { group in
      for n in 0..<count {
        group.addTask {
          try await prepared.run("/bin/echo", arguments: ["\(n)"]).standardOutput
        }
      }
      var answers: [String] = []
      for try await answer in group { answers.append(answer) }
      return answers
    }
    #expect(Set(answers) == Set((0..<count).map { "\($0)\n" }))
  }

  @Test func `a jail that is over before its launcher has told of it is as good as any`() async throws {
    let prepared = try await Sandbox().prepare()
    for n in 0..<300 {
      let outcome = try await prepared.run("/bin/true")
      #expect(outcome.isSuccess, "the \(n)th")
    }
  }

  @Test func `streams, a terminal, a deadline, a program that is not there: as with any jail`() async throws {
    let prepared = try await Sandbox().prepare()
    let echoed = try await prepared.run("/bin/cat", input: .string("hello"))
    #expect(echoed.standardOutput == "hello")
    var brief = Sandbox()
    brief.deadline = .milliseconds(300)
    #expect(try await brief.prepare().run("/bin/sleep", arguments: ["600"]).verdict == .timedOut(.wallClock))
    var command = Sandbox.Command("/bin/bash", arguments: ["-c", "tty; stty size"])
    command.terminal = .init(rows: 11, columns: 22)
    #expect(try await prepared.run(command).standardOutput == "/dev/pts/0\r\n11 22\r\n")
    let error = await #expect(throws: Sandbox.Error.self) { try await prepared.run("/no/such/program") }
    #expect(error?.kind == .notFound)
    #expect(error?.step?.stage == .payload)
    let status = try await prepared.run("/bin/bash", arguments: ["-c", "exit 7"]).terminationStatus
    #expect(status == .exited(7))
  }

  @Test func `mounts below what each jail has anew are there in each`() async throws {
    let directory = try TemporaryDirectory()
    #expect(chmod(directory.path, 0o755) == 0)
    try Text.write("kept\n", to: "\(directory.path)/file")
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .bind(directory.path, at: "/tmp/bound"), .symlink(at: "/tmp/link", to: "bound/file"),
      .file(at: "/tmp/deep/file", text: "injected\n"), .tmpfs(at: "/tmp/inner"), .bind("/usr/share", at: "/tmp/inner/share"),
    ]
    let script =
      "cat /tmp/link /tmp/deep/file; ls -d /tmp/inner/share/zoneinfo; touch /tmp/bound/x /tmp/inner/y; ls /tmp /tmp/inner"
    let own = try await sandbox.run("/bin/bash", arguments: ["-c", script])
    let prepared = try await sandbox.prepare()
    for _ in 0..<2 {
      let outcome = try await prepared.run("/bin/bash", arguments: ["-c", script])
      #expect(
        outcome.standardOutput
          == "kept\ninjected\n/tmp/inner/share/zoneinfo\n/tmp:\nbound\ndeep\ninner\nlink\n\n/tmp/inner:\nshare\ny\n")
      #expect(outcome.standardError.contains("Read-only file system"))
      #expect(outcome.standardOutput == own.standardOutput)
      let mounts = try await prepared.run("/bin/cat", arguments: ["/proc/self/mountinfo"]).standardOutput
      #expect(!mounts.contains("/tmp/0") && !mounts.contains("/proc/0"), "the launcher's store is not there: \(mounts)")
    }
  }

  @Test(.requires(.idmappedMounts)) func `what is written in a writable bind belongs to the directory's owner`() async throws {
    let directory = try TemporaryDirectory()
    #expect(chmod(directory.path, 0o755) == 0)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/w", access: .readWrite))
    let prepared = try await sandbox.prepare()
    #expect(
      try await prepared.run("/bin/bash", arguments: ["-c", "echo x >/w/file; stat -c %u /w/file"]).standardOutput == "1000\n")
    var status = stat()
    #expect(stat("\(directory.path)/file", &status) == 0 && status.st_uid == geteuid())
    #expect(
      try await prepared.run("/bin/cat", arguments: ["/w/file"]).standardOutput == "x\n", "as the policy says, it is shared")
  }

  @Test func `a root without a procfs, and an empty one`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts = [.hostSystem, .tmpfs(at: "/tmp")]
    let prepared = try await sandbox.prepare()
    #expect(try await prepared.run("/bin/ls", arguments: ["/proc"]).terminationStatus == .exited(2))
    #expect(try await prepared.run("/bin/echo", arguments: ["x"]).standardOutput == "x\n")
    sandbox.filesystem = .empty
    let empty = try await sandbox.prepare()
    let error = await #expect(throws: Sandbox.Error.self) { try await empty.run("/bin/true") }
    #expect(error?.kind == .notFound)
  }

  private static let clocks = """
    import os, socket, time
    print(time.clock_gettime(time.CLOCK_MONOTONIC), time.clock_gettime(time.CLOCK_BOOTTIME))
    path = "/proc/sys/net/ipv4/ip_default_ttl"
    print(open(path).read().strip() if os.path.exists(path) else "no /proc")
    try: print(socket.create_server(("127.0.0.1", 80)) and "bound")
    except PermissionError: print("refused")
    """

  @Test(arguments: networks, [true, false]) func `its jails have clocks and settings of their own`(
    _ network: Sandbox.Prepared.NetworkPreparation, _ hasProc: Bool
  ) async throws {
    var sandbox = Sandbox()
    if !hasProc { sandbox.filesystem.mounts.removeAll { $0 == .proc } }
    let ttl = try Text.of("/proc/sys/net/ipv4/ip_default_ttl").filter(\.isNumber)
    func times(_ line: String) -> [Double] { line.split(separator: " ").compactMap { Double($0) } }
    let plain = lines(try await sandbox.prepare().run("/usr/bin/python3", arguments: ["-c", Self.clocks]).standardOutput)
    let host = times(lines(try Unjailed.python(Self.clocks))[0])
    #expect(plain.dropFirst() == [hasProc ? ttl : "no /proc", "refused"] && times(plain[0])[0] <= host[0], "the control")
    sandbox.namespaces.clockOffsets = .init(monotonic: .seconds(100_000), boot: .milliseconds(-1500))
    sandbox.namespaces.sysctls = ["net.ipv4.ip_default_ttl": "77", "net.ipv4.ip_unprivileged_port_start": "80"]
    let prepared = try await sandbox.prepare(network: network)
    for _ in 0..<2 {
      let seen = lines(try await prepared.run("/usr/bin/python3", arguments: ["-c", Self.clocks]).standardOutput)
      let after = times(lines(try Unjailed.python(Self.clocks))[0])
      guard seen.count == 3 else { throw Unjailed.Failure(errno: EINVAL) }
      #expect(seen.dropFirst() == [hasProc ? "77" : "no /proc", "bound"])
      let inside = times(seen[0])
      #expect(inside[0] >= host[0] + 100_000 && inside[0] <= after[0] + 100_000)
      #expect(inside[1] >= host[1] - 1.5 && inside[1] <= after[1] - 1.5)
    }
    // The way to the host's /proc is closed before the program runs, and its init can be looked into no more than any.
    let look =
      "import os; print(sorted(os.listdir('/proc/self/fd')), os.access('/proc/1/fd', os.R_OK), os.access('/proc/1/environ', os.R_OK))"
    let open = try await prepared.run("/usr/bin/python3", arguments: ["-c", look])
    if hasProc { #expect(open.standardOutput == "['0', '1', '2', '3'] False False\n", "\(open.standardError)") }
    #expect(try Text.of("/proc/sys/net/ipv4/ip_default_ttl").filter(\.isNumber) == ttl)
    await prepared.end()
  }

  @Test func `what is wrong is said once, when it is prepared`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [.bind("/no/such/source"), .symlink(at: "/l", to: "/tmp"), .directory(at: "/l/x")]
    sandbox.namespaces.hostName = ""
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.prepare() }
    #expect(error?.kind == .invalid)
    #expect(
      Set(error?.problems.map(\.path.description) ?? [])
        == ["filesystem.mounts[4].source", "filesystem.mounts[6].target", "namespaces.hostName"])
  }

  @Test func `a source that the host has moved away is still what jails see`() async throws {
    let directory = try TemporaryDirectory()
    let source = "\(directory.path)/source"
    #expect(mkdir(source, 0o755) == 0)
    try Text.write("here\n", to: "\(source)/file")
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(source, at: "/source"))
    let prepared = try await sandbox.prepare()
    #expect(rename(source, "\(directory.path)/moved") == 0)
    #expect(try await prepared.run("/bin/cat", arguments: ["/source/file"]).standardOutput == "here\n")
    await #expect(throws: Sandbox.Error.self, "a new one is refused") { try await sandbox.prepare() }
  }
}
