import Glibc
import Sandbox
import SystemPackage
import Testing

/// Payloads that mean ill: to the init, to the set-up of jails beside theirs, and to what they were handed.
@Suite("Hostile payloads", .serialized) struct HostilePayloadTests {
  /// Each file of /proc that tells of a process, and what opening and reading it for the init, and for the program itself, gives.
  /// (Older kernels let anybody read a namespace's number, which is the program's own, and timers, of which an init has none.)
  private static let reading =
    Jailed.attempt + """
      import ctypes
      def read(path):
          def body():
              with open(path, "rb", buffering=0) as file:
                  file.read(8)
          return attempt(body)
      def link(path): return attempt(lambda: os.readlink(path))
      secret = ["mem", "environ", "auxv", "maps", "smaps", "pagemap", "stack", "syscall", "io", "personality", "clear_refs"]
      links = ["exe", "cwd", "root", "fd/0", "fd/3"]
      for target in (1, "self"):
          for name in secret: print(target, name, read(f"/proc/{target}/{name}"))
          for name in links: print(target, name, link(f"/proc/{target}/{name}"))
          for name in ("ns/mnt", "ns/user", "ns/pid"): print(target, name, attempt(lambda: os.close(os.open(f"/proc/{target}/{name}", os.O_RDONLY))))
          for name in ("fd", "fdinfo", "map_files", "task/1/fd" if target == 1 else "fd"):
              print(target, name + "/", attempt(lambda: os.listdir(f"/proc/{target}/{name}")))
          print(target, "write", *[attempt(lambda: open(f"/proc/{target}/{name}", "r+b", buffering=0)) for name in ("mem", "oom_score_adj", "coredump_filter")])
      PR_SET_PTRACER = 0x59616d61
      NUMBERS = {"ptrace": 101, "process_vm_readv": 310, "kcmp": 312, "pidfd_open": 434, "pidfd_getfd": 438} if os.uname().machine == "x86_64" \\
          else {"ptrace": 117, "process_vm_readv": 270, "kcmp": 272, "pidfd_open": 434, "pidfd_getfd": 438}
      for how in (16, 0x4206): print(1, "ptrace", how, attempt(lambda: call(NUMBERS["ptrace"], how, 1, 0, 0)))
      buffer = ctypes.create_string_buffer(16)
      vector = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), 16)
      print(1, "process_vm_readv", attempt(lambda: call(NUMBERS["process_vm_readv"], 1, vector, 1, vector, 1, 0)))
      print(1, "kcmp", attempt(lambda: call(NUMBERS["kcmp"], 1, os.getpid(), 0, 0, 0)))
      pidfd = libc.syscall(ctypes.c_long(NUMBERS["pidfd_open"]), 1, 0)
      for number in range(6): print(1, "pidfd_getfd", number, attempt(lambda: call(NUMBERS["pidfd_getfd"], pidfd, number, 0)))
      """

  @Test(arguments: [false, true]) func `its own init cannot be read by any path, as the program itself can`(_ filtered: Bool)
    async throws
  {
    var sandbox = Sandbox()
    if !filtered { sandbox.filter = .off(because: "the test looks at the kernel's own answer") }
    let answers = lines(try await Jailed.python(Self.reading, in: sandbox))
    let ofInit = answers.filter { $0.hasPrefix("1 ") }, own = answers.filter { $0.hasPrefix("self ") }
    #expect(ofInit.count >= 30 && !ofInit.contains { $0.contains(" ok") }, "\(ofInit.filter { $0.contains(" ok") })")
    // The control. (What is no file of this kernel, or nobody's own to see, is neither for one nor for the other.)
    let readable = ["mem", "environ", "auxv", "maps", "smaps", "pagemap", "exe", "cwd", "root", "ns/user", "fd/", "fdinfo/"]
    for name in readable {
      #expect(own.contains { $0.hasPrefix("self \(name) ") && ($0.hasSuffix(" ok") || name == "mem") }, "\(name): \(own)")
    }
  }

  /// Its init is then told of its stops as well as of its end.
  @Test func `one that has its init trace it has not ended when it stops`() async throws {
    let program = """
      import ctypes, os, signal, threading
      libc, said, traced = ctypes.CDLL(None), [], threading.Event()
      def trace():
          said.append(libc.ptrace(0, 0, 0, 0)); traced.set(); libc.pause()
      threading.Thread(target=trace).start()
      traced.wait(); said.append(libc.ptrace(0, 0, 0, 0))
      if said == [0, 0]: print("traced", flush=True)
      os.kill(os.getpid(), signal.SIGCHLD)
      """
    let command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", program], output: .sequence)
    var sandbox = Sandbox()
    sandbox.namespaces.pid = .own
    let jail = try await sandbox.spawn(.init("/bin/sleep", arguments: ["600"]))
    for process in [try await sandbox.spawn(command), try await jail.spawn(command)] {
      var lines = process.standardOutput!.makeAsyncIterator()
      #expect(try await lines.next() == Array("traced\n".utf8))
      // Long after it has stopped.
      try await Task.sleep(for: .milliseconds(300))
      await process.kill()
      let outcome = try await process.wait()
      #expect(outcome.verdict == .ended && outcome.terminationStatus == .signaled(.kill), "\(outcome.verdict)")
    }
    await jail.kill()
  }

  @Test func `children that are stopped, and traced, and orphaned end with the jail`() async throws {
    // Each kind twice: below the program, and given to the init.
    let program = """
      import ctypes, os, signal, time
      libc = ctypes.CDLL(None)
      def child(body, orphan):
          if orphan:
              if os.fork() == 0:
                  child(body, False); os._exit(0)
              os.wait(); return
          if os.fork() == 0:
              body(); time.sleep(600); os._exit(0)
      def traced():
          libc.ptrace(0, 0, 0, 0); os.kill(os.getpid(), signal.SIGSTOP)
      def tracer():
          pid = os.fork()
          if pid == 0: time.sleep(600)
          libc.ptrace(0x4206, pid, 0, 0); libc.ptrace(0x4207, pid, 0, 0)
      for body in (traced, tracer, lambda: os.kill(os.getpid(), signal.SIGSTOP), lambda: signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))):
          for orphan in (False, True): child(body, orphan)
      time.sleep(0.3)
      print(len([p for p in os.listdir("/proc") if p.isdigit()]))
      """
    for prepares in [false, true] {
      let command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", program])
      let outcome = prepares ? try await Sandbox().prepare().run(command) : try await Sandbox().run(command)
      #expect(outcome.verdict == .finished && outcome.isSuccess, "\(outcome.verdict) \(outcome.standardError)")
      let count = try #require(Int(outcome.standardOutput.trimmed))
      #expect(count >= 10, "the control: they were there")
    }
  }

  @Test func `jails that are made beside one that floods all it can are made, and theirs alone is in them`() async throws {
    var noisy = Sandbox()
    noisy.limits[.processes] = 200
    let flood = """
      import os, signal, time
      signal.signal(signal.SIGCHLD, signal.SIG_IGN)
      while True:
          try:
              if os.fork() == 0:
                  for n in (1, -1):
                      for s in range(1, 65):
                          try: os.kill(n, s)
                          except OSError: pass
                  os._exit(0)
          except OSError: pass
      """
    let jail = try await noisy.spawn(.init("/usr/bin/python3", arguments: ["-c", flood], output: .discarded, error: .discarded))
    let prepared = try await Sandbox().prepare()
    for index in 0..<15 {
      let command = Sandbox.Command("/bin/bash", arguments: ["-c", "echo /proc/[0-9]*"])
      let outcome = index.isMultiple(of: 2) ? try await prepared.run(command) : try await Sandbox().run(command)
      #expect(outcome.standardOutput == "/proc/1 /proc/2\n" && outcome.isSuccess, "\(outcome.verdict)")
    }
    await jail.kill()
    let after = try await jail.wait()
    #expect(after.verdict == .ended || after.verdict == .finished)
  }

  @Test func `what it has to write to is its own streams, and what it was handed`() async throws {
    let program = """
      import os
      wrote = []
      for number in range(3, 1024):
          try: wrote.append((number, os.write(number, b"forged report" * 100)))
          except OSError: pass
      print(wrote)
      """
    #expect(try await Jailed.python(program) == "[]\n")
    let pipe = try FileDescriptor.pipe()
    defer { for end in [pipe.readEnd, pipe.writeEnd] { try? end.close() } }
    var command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", program])
    command.descriptors[9] = .init(pipe.writeEnd)
    #expect(try await Sandbox().run(command).standardOutput == "[(9, 1300)]\n", "the control")
  }

  @Test func `a terminal that it fills, closes or gives up neither blocks nor fails the host`() async throws {
    func onTerminal(_ program: String, _ arguments: [String], in sandbox: Sandbox = Sandbox()) async throws -> Sandbox.Outcome {
      var command = Sandbox.Command(program, arguments: arguments, output: .string(limit: .kibibytes(16)))
      command.terminal = .init()
      return try await sandbox.run(command)
    }
    var cut = 0
    // On a slow machine it has not written much after a second.
    for seconds in [1, 8, 64] where cut == 0 {
      var sandbox = Sandbox()
      sandbox.deadline = .seconds(seconds)
      let full = try await onTerminal("/bin/bash", ["-c", "stty raw -echo; while :; do printf '%08192d' 1; done"], in: sandbox)
      #expect(full.verdict == .timedOut(.wallClock))
      cut = full.cut[.standardOutput] ?? 0
    }
    #expect(cut > 0)
    let closed = try await onTerminal("/bin/bash", ["-c", "exec <&- >&- 2>&-; sleep 0.1; exit 7"])
    #expect(closed.terminationStatus == .exited(7) && closed.verdict == .finished)
    let givenUp = try await onTerminal(
      "/usr/bin/python3", ["-c", "import fcntl, os, signal; signal.signal(1, 1); fcntl.ioctl(0, 0x5422); os._exit(9)"])
    #expect(givenUp.terminationStatus == .exited(9), "TIOCNOTTY")
  }
}
