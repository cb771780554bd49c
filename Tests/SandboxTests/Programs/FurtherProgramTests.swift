import Glibc
import Testing

@testable import Sandbox

/// Further programs in a jail that lives.
@Suite("A further program") struct FurtherProgramTests {
  /// A jail whose program waits for a line.
  private static func jail() async throws -> Sandbox.Process {
    try await Sandbox().spawn(.init("/bin/bash", arguments: ["-c", "read line"], input: .writer))
  }

  static let namespaces = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"]

  private func inside(_ names: [String]) -> Sandbox.Command {
    .init("/bin/bash", arguments: ["-c", names.map { "readlink /proc/self/ns/\($0)" }.joined(separator: "; ")])
  }

  @Test func `it has the jail's namespaces, and no more rights than the first`() async throws {
    let script = """
      echo ready
      for kind in \(Self.namespaces.joined(separator: " ")); do readlink /proc/self/ns/$kind; done > /tmp/namespaces
      grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/self/status > /tmp/status
      ulimit -a > /tmp/limits; ls -l /proc/self/fd | wc -l > /tmp/descriptors; echo done > /tmp/done; read line
      """
    for isPrepared in [false, true] {
      let prepared = isPrepared ? try await Sandbox().prepare() : nil
      let command = Sandbox.Command("/bin/bash", arguments: ["-c", script], input: .writer)
      let process = if let prepared { try await prepared.spawn(command) } else { try await Sandbox().spawn(command) }
      let outcome = try await process.run(
        .init(
          "/bin/bash",
          arguments: [
            "-c",
            """
            until [ -e /tmp/done ]; do sleep 0.02; done
            for kind in \(Self.namespaces.joined(separator: " ")); do readlink /proc/self/ns/$kind; done | diff - /tmp/namespaces
            grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/self/status | diff - /tmp/status
            ulimit -a | diff - /tmp/limits; ls -l /proc/self/fd | wc -l | diff - /tmp/descriptors
            pwd; id -u
            """,
          ]))
      #expect(outcome.standardOutput == "/tmp\n1000\n", "\(outcome.standardOutput)\(outcome.standardError)")
      await process.kill()
    }
  }

  @Test func `they see each other, and none sees who starts them`() async throws {
    let process = try await Self.jail()
    let outcome = try await process.run(
      .init(
        "/usr/bin/python3", arguments: ["-c", "import os; print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))"]))
    let pids = outcome.standardOutput.split { "[], \n".contains($0) }.compactMap { Int($0) }
    // The init, the first program, and this one.
    #expect(pids.prefix(2) == [1, 2] && pids.count == 3, "\(outcome.standardOutput)\(outcome.standardError)")
    await process.kill()
  }

  @Test func `its end leaves the jail alone, and its streams and verdict are its own`() async throws {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      let process = try await FurtherProgramTests.jail()
      holds(try await process.run(.init("/bin/sh", arguments: ["-c", "exit 7"])).terminationStatus == .exited(7))
      holds(
        try await process.run(.init("/bin/sh", arguments: ["-c", "kill -SEGV $$"])).terminationStatus
          == .signaled(.init(rawValue: 11)))
      holds(try await process.run(.init("/bin/cat", input: .string("to and fro"))).standardOutput == "to and fro")
      let killed = try await process.spawn(.init("/bin/sleep", arguments: ["600"]))
      await killed.kill()
      holds(try await killed.wait().verdict == .ended)
      let stopped = try await process.spawn(.init("/bin/sleep", arguments: ["600"]))
      holds(try await stopped.terminate().terminationStatus == .signaled(.terminate))
      // The first one still runs, and ends by itself.
      try await process.standardInput!.write("x\n")
      holds(try await process.wait().terminationStatus == .exited(0))
      try await Leftovers.expect(before)
    }
  }

  @Test func `it ends with its jail`() async throws {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      let process = try await FurtherProgramTests.jail()
      let further = try await process.spawn(.init("/bin/sleep", arguments: ["600"]))
      await process.kill()
      holds(try await further.wait().terminationStatus == .signaled(.kill))
      do {
        _ = try await process.spawn(.init("/bin/true"))
        holds(false)
      } catch let error as Sandbox.Error {
        holds(error.kind == .ended)
      }
      try await Leftovers.expect(before)
    }
  }

  @Test func `one beside it joins the same jail`() async throws {
    let process = try await Self.jail()
    let second = try await process.spawn(.init("/bin/sleep", arguments: ["600"]))
    let first = try await process.run(inside(["pid", "mnt"])).standardOutput
    #expect(try await second.run(inside(["pid", "mnt"])).standardOutput == first)
    await process.kill()
    _ = try await second.wait()
  }

  @Test func `64 at once`() async throws {
    let process = try await Self.jail()
    let answers = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<64 {
        group.addTask { try await process.run(.init("/bin/echo", arguments: ["\(number)"])).standardOutput }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(answers == Set((0..<64).map { "\($0)\n" }))
    await process.kill()
  }

  @Test func `a hostile jail cannot trace it, only kill it`() async throws {
    // Looks into, and seizes, whatever appears, as fast as it can; tells what it got into before that ran its program.
    let hunter = """
      import ctypes, os, signal, sys
      libc = ctypes.CDLL(None, use_errno=True)
      own, caught, seen = os.getpid(), [], set()
      def tell(*_):
          print(len(seen) > 0, sorted(set(caught)), flush=True)
          os._exit(0)
      signal.signal(signal.SIGTERM, tell)
      def comm(pid):
          with open("/proc/%d/comm" % pid) as file: return file.read()
      def look(pid, name):
          path = "/proc/%d/%s" % (pid, name)
          if name == "fd": os.listdir(path)
          elif name in ("exe", "root"): os.readlink(path)
          else: open(path, "rb").read(1)
      while True:
          for pid in (int(p) for p in os.listdir("/proc") if p.isdigit()):
              if pid in (1, own): continue
              for name in ("mem", "environ", "maps", "exe", "root", "fd"):
                  try:
                      look(pid, name)
                      if "init" in comm(pid): caught.append(name)
                  except OSError: pass
              try:
                  if "init" in comm(pid): seen.add(pid)
                  # Not attached to: a program that is seized goes on.
                  if libc.ptrace(0x4206, pid, 0, 0) == 0 and "init" in comm(pid): caught.append("ptrace")
              except OSError: pass
              libc.waitpid(-1, None, 0x40000001)
      """
    var sandbox = Sandbox()
    sandbox.filter = .off(because: "the test traces")
    sandbox.deadline = .seconds(300)
    let process = try await sandbox.spawn(.init("/usr/bin/python3", arguments: ["-c", hunter]))
    for _ in 0..<50 { _ = try await process.run(.init("/bin/true")) }
    try await process.send(.terminate)
    // The control: it saw some of them before they ran.
    let told = try await process.wait().standardOutput
    #expect(told == "True []\n", "\(told)")
  }

  @Test func `one that a jail stops before it runs is given up`() async throws {
    let stopper = """
      import os, signal
      print("ready", flush=True)
      own = os.getpid()
      while True:
          for pid in (int(p) for p in os.listdir("/proc") if p.isdigit()):
              if pid not in (1, own):
                  try: os.kill(pid, signal.SIGKILL)
                  except OSError: pass
      """
    let process = try await Sandbox().spawn(.init("/usr/bin/python3", arguments: ["-c", stopper], output: .sequence))
    var lines = process.standardOutput!.makeAsyncIterator()
    _ = try await lines.next()
    var killed = 0
    for _ in 0..<10 {
      do throws(Sandbox.Error) {
        let outcome = try await process.run(.init("/bin/sleep", arguments: ["5"]))
        #expect(outcome.terminationStatus == .signaled(.kill))
        killed += 1
      } catch {
        #expect(error.kind == .setup && error.description.contains("killed"), "\(error)")
        killed += 1
      }
    }
    #expect(killed == 10)
    await process.kill()
  }

  @Test func `it has a terminal of the jail's, beside that of the first`() async throws {
    let script = "tty; [ -t 0 -a -t 1 -a -t 2 ] && stty size; [ $(ps -o sid= -p $$) -eq $$ ] && : < /dev/tty && echo leads"
    for isPrepared in [false, true] {
      var first = Sandbox.Command("/bin/bash", arguments: ["-c", "tty; read line"], input: .writer, output: .sequence)
      first.terminal = .init()
      let process = if isPrepared { try await Sandbox().prepare().spawn(first) } else { try await Sandbox().spawn(first) }
      var iterator = process.standardOutput!.makeAsyncIterator()
      #expect(try await iterator.next().map { String(decoding: $0, as: UTF8.self) }?.hasPrefix("/dev/pts/0") == true)
      var command = Sandbox.Command("/bin/bash", arguments: ["-c", script])
      command.terminal = .init(rows: 33, columns: 101)
      let outcome = try await process.run(command)
      #expect(outcome.standardOutput == "/dev/pts/1\r\n33 101\r\nleads\r\n", "\(outcome)")
      #expect(try await process.run(.init("/bin/bash", arguments: ["-c", "tty"])).standardOutput == "not a tty\n", "the control")
      await process.kill()
    }
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.removeAll { $0 == .devices }
    let process = try await sandbox.spawn(.init("/bin/bash", arguments: ["-c", "read line"], input: .writer))
    var command = Sandbox.Command("/bin/true")
    command.terminal = .init()
    let error = await #expect(throws: Sandbox.Error.self) { try await process.spawn(command) }
    #expect(error?.problems.map(\.path.description) == ["command.terminal"])
    await process.kill()
  }

  /// Who keeps CAP_SYS_ADMIN may put anything where its terminals were.
  @Test func `what is no devpts gives no terminal`() async throws {
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.sysAdmin], because: "the test mounts inside")
    sandbox.filter = .off(because: "the test mounts inside")
    let cover = """
      import ctypes
      libc = ctypes.CDLL(None, use_errno=True)
      print(libc.mount(b"none", b"/dev/pts", b"tmpfs", 0, None), flush=True)
      open("/dev/pts/ptmx", "w").close(); print("covered", flush=True); input()
      """
    let process = try await sandbox.spawn(
      .init("/usr/bin/python3", arguments: ["-c", cover], input: .writer, output: .sequence))
    var seen = ""
    for try await chunk in process.standardOutput! {
      seen += String(decoding: chunk, as: UTF8.self)
      if seen.contains("covered") { break }
    }
    #expect(seen == "0\ncovered\n")
    var command = Sandbox.Command("/bin/true")
    command.terminal = .init()
    let error = await #expect(throws: Sandbox.Error.self) { try await process.spawn(command) }
    #expect(
      error?.errno == EINVAL && error?.problems.first?.path.description == "command.terminal", "\(String(describing: error))")
    await process.kill()
  }

  @Test func `bad commands are named`() async throws {
    let process = try await Self.jail()
    var joining = Sandbox.Command("/bin/true")
    joining.namespaces = [.network: .standardInput]
    let invalid = await #expect(throws: Sandbox.Error.self) { try await process.spawn(joining) }
    #expect(invalid?.kind == .invalid && invalid?.problems.first?.path.description == "command.namespaces.network")
    let missing = await #expect(throws: Sandbox.Error.self) { try await process.spawn(.init("/no/such")) }
    #expect(missing?.kind == .notFound)
    #expect(try await process.run(.init("true")).isSuccess)
    await process.kill()
  }

  @Test func `nothing of it outlives the host`() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let process = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
      let further = try await process.spawn(.init("/bin/sleep", arguments: ["601"]))
      try Text.write("\(process.processIdentifier) \(further.processIdentifier)", to: "/tmp/further-\(geteuid())")
      kill(getpid(), SIGKILL)
      _ = try await further.wait()
    }
    let path = "/tmp/further-\(geteuid())"
    defer { unlink(path) }
    for pid in try Text.of(path).split(separator: " ") {
      for _ in 0..<200 where access("/proc/\(pid)", F_OK) == 0 { try await Task.sleep(for: .milliseconds(20)) }
      #expect(access("/proc/\(pid)", F_OK) != 0)
    }
  }
}
