import Glibc
import Sandbox
import Testing

/// What of the host a jail cannot reach, beside what has a file of its own. Each has its control: the same program outside.
@Suite("Denials") struct DenialTests {
  @Test func `the host's shared memory, semaphores and message queues of System V`() async throws {
    let key = Int32.random(in: 1 ... .max)
    // S_IRUSR… for all: only the namespace is in the way.
    let memory = shmget(key, 4096, 0o666 | 0o1000), semaphores = semget(key, 1, 0o666 | 0o1000)
    let queue = msgget(key, 0o666 | 0o1000)
    defer {
      shmctl(memory, IPC_RMID, nil)
      msgctl(queue, IPC_RMID, nil)
      _ = try? Unjailed.run("/usr/bin/ipcrm", ["-s", "\(semaphores)"])
    }
    #expect(memory >= 0 && semaphores >= 0 && queue >= 0)
    let look =
      Jailed.attempt + """
        print(attempt(lambda: call(29, \(key), 0, 0)), attempt(lambda: call(64, \(key), 0, 0)), attempt(lambda: call(68, \(key), 0)))
        """
    #expect(try Unjailed.python(look) == "ok ok ok\n")
    #expect(try await Jailed.python(look) == "ENOENT ENOENT ENOENT\n")
    var shared = Sandbox()
    shared.namespaces.ipc = .host(because: "the second control")
    #expect(try await Jailed.python(look, in: shared) == "ok ok ok\n")
  }

  @Test func `the host's POSIX message queues`() async throws {
    let name = "/sandbox-test-\(UInt32.random(in: 0 ... .max))"
    let make = "print(attempt(lambda: call(240, ctypes.c_char_p(b\"\(name.dropFirst())\"), 0o102, 0o666, 0)))"
    defer {
      _ = try? Unjailed.python(Jailed.attempt + "call(241, ctypes.c_char_p(b\"\(name.dropFirst())\"))")
    }
    #expect(try Unjailed.python(Jailed.attempt + make) == "ok\n")
    let look = Jailed.attempt + "print(attempt(lambda: call(240, ctypes.c_char_p(b\"\(name.dropFirst())\"), 0, 0, 0)))"
    #expect(try Unjailed.python(look) == "ok\n")
    #expect(try await Jailed.python(look) == "ENOENT\n")
  }

  /// What is typed into a terminal is the next command of whoever reads it.
  @Test func `a terminal, by what is typed into it`() async throws {
    let type =
      Jailed.attempt + """
        import fcntl, termios
        low = [attempt(lambda: fcntl.ioctl(0, number, b"x")) for number in (termios.TIOCSTI, 0x541c)]
        # The kernel looks at the low half of the number alone.
        high = [attempt(lambda: call(16, 0, number | 1 << 32, b"x")) for number in (termios.TIOCSTI, 0x541c)]
        print(os.isatty(0), *low, *high, termios.tcgetattr(0) and "read")
        """
    var command = Sandbox.Command("/usr/bin/python3", arguments: ["-c", type])
    command.terminal = .init()
    let jailed = try await Sandbox().run(command)
    #expect(jailed.standardOutput == "True EPERM EPERM EPERM EPERM read\r\n", "\(jailed)")
    var open = Sandbox()
    open.filter = .off(because: "the control")
    let answers = try await open.run(command).standardOutput.split(separator: " ")
    // (Newer kernels may refuse it by dev.tty.legacy_tiocsti, with another errno; a pseudo-terminal has no TIOCLINUX.)
    #expect(answers.count == 6 && ["ok", "EIO"].contains(answers[1]) && answers[2] == "ENOTTY", "\(answers)")
    #expect(["ok", "EIO"].contains(answers[3]) && answers[4] == "ENOTTY")
  }

  @Test func `the clock`() async throws {
    // Set to what it is: the control would move nothing; and where even root may not, it says so.
    let look =
      Jailed.attempt + """
        import time
        print(attempt(lambda: time.clock_gettime(time.CLOCK_REALTIME) and None))
        print(attempt(lambda: time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))))
        """
    #expect(try await Jailed.python(look) == "ok\nEPERM\n")
    var open = Sandbox()
    open.filter = .off(because: "without the filter the kernel's own answer")
    #expect(try await Jailed.python(look, in: open) == "ok\nEPERM\n")
  }

  @Test func `other users' processes, by signal and by number`() async throws {
    let victim = try Victim()
    let look =
      Jailed.attempt + """
        print(attempt(lambda: os.kill(\(victim.pid), 0)), attempt(lambda: os.getpriority(os.PRIO_PROCESS, \(victim.pid)) and None))
        print(attempt(lambda: open("/proc/\(victim.pid)/status")))
        """
    #expect(try Unjailed.python(look) == "ok ok\nok\n")
    #expect(try await Jailed.python(look) == "ESRCH ESRCH\nENOENT\n")
  }

  @Test func `the kernel's keys that the host has`() async throws {
    // A key of the host's user keyring; and a program that looks for it by its name.
    let name = "sandbox-test-\(UInt32.random(in: 0 ... .max))"
    let make = """
      libc.syscall.restype = ctypes.c_long
      user = ctypes.c_long(-4)
      print(libc.syscall(248, ctypes.c_char_p(b"user"), ctypes.c_char_p(b"\(name)"), ctypes.c_char_p(b"secret"), 6, user))
      """
    let key = try #require(Int(try Unjailed.python(Jailed.attempt + make).split(separator: "\n").first ?? ""))
    defer { _ = try? Unjailed.python(Jailed.attempt + "call(250, 9, \(key), ctypes.c_long(-4))") }  // KEYCTL_UNLINK
    try #require(key > 0)
    // KEYCTL_SEARCH in the user's keyring, KEYCTL_READ of the number.
    let look =
      Jailed.attempt + """
        print(attempt(lambda: call(250, 10, ctypes.c_long(-4), ctypes.c_char_p(b"user"), ctypes.c_char_p(b"\(name)"), 0)))
        print(attempt(lambda: call(250, 11, ctypes.c_long(\(key)), 0, 0, 0)))
        """
    #expect(try Unjailed.python(look) == "ok\nok\n")
    #expect(try await Jailed.python(look) == "EPERM\nEPERM\n")
    var open = Sandbox()
    open.filter = .off(because: "what lies below it")
    let answers = try await Jailed.python(look, in: open).split(separator: "\n")
    #expect(answers.count == 2 && answers.allSatisfy { ["ENOKEY", "EACCES", "ENOENT"].contains($0) }, "\(answers)")
  }
}
