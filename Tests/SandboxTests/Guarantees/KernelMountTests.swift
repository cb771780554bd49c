import Glibc
import Sandbox
import Testing

/// File systems of the kernel's, beside those that every jail has.
@Suite("proc, mqueue and sysfs") struct KernelMountTests {
  private func sandbox(proc: Mount) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts[1] = proc
    return sandbox
  }

  private func control(_ mount: Mount) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(mount)
    return sandbox
  }

  @Test func `of processes alone there is nothing else in it`() async throws {
    let ask = "ls /proc | grep -v '^[0-9]*$' | sort | tr '\\n' ' '"
    let sandbox = sandbox(proc: .proc(subset: .pid))
    #expect(try await Jailed.shell(ask, in: sandbox) == "self thread-self ")
    #expect(try await sandbox.prepare().run("/bin/bash", arguments: ["-c", ask]).standardOutput == "self thread-self ")
    #expect(try await Jailed.shell(ask).contains("meminfo"), "the control")
    // The sysctl that forbids them is not written through this procfs.
    let unshare =
      Jailed.attempt + "number = 272 if os.uname().machine == 'x86_64' else 97\nprint(attempt(lambda: call(number, 0x10000000)))"
    var unfiltered = sandbox
    unfiltered.filter = .off(because: "the test looks at the sysctl alone")
    #expect(["ENOSPC\n", "EUSERS\n"].contains(try await Jailed.python(unshare, in: unfiltered)), "nor are namespaces allowed")
  }

  @Test(arguments: [
    // (On Linux 5.10 what is not listed is refused, and not missing.)
    (HidePID?.none, ["there 13\n"]), (.noaccess, ["there 1\n"]), (.invisible, ["away 2\n"]),
    (.ptraceable, ["away 2\n", "away 1\n"]),
  ])
  func `the init is seen as far as is said`(_ hidepid: HidePID?, _ expected: [String]) async throws {
    let program = """
      import os
      try:
          open("/proc/1/status").read(); answer = 13
      except OSError as error:
          answer = error.errno
      print("there" if "1" in os.listdir("/proc") else "away", answer)
      """
    var sandbox = sandbox(proc: .proc(hidepid: hidepid))
    let seen = try await Jailed.python(program, in: sandbox)
    #expect(expected.contains(seen), "\(seen)")
    if hidepid != nil, hidepid != .ptraceable {
      // A group that is excepted, and another than that of the jail's program.
      let excepted = self.sandbox(proc: .proc(hidepid: hidepid, group: 1000))
      #expect(try await Jailed.python(program, in: excepted) == "there 13\n")
      sandbox = self.sandbox(proc: .proc(hidepid: hidepid, group: 1001))
      let error = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
      #expect(error?.problems.first?.message == "the jail has no group 1001")
      sandbox = self.sandbox(proc: .proc(group: 1000))
      #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
      sandbox = self.sandbox(proc: .proc(hidepid: hidepid))
    }
    let prepared = try await sandbox.prepare().run("/usr/bin/python3", arguments: ["-c", program])
    #expect(expected.contains(prepared.standardOutput), "\(prepared.standardOutput)")
  }

  @Test func `message queues are the jail's own, as files`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.messageQueues)
    sandbox.limits.messageQueues = 819_200
    let program =
      Jailed.attempt + """
        number = 240 if os.uname().machine == "x86_64" else 180
        print(os.listdir("/dev/mqueue"))
        print(attempt(lambda: call(number, b"queue", os.O_CREAT | os.O_RDWR, 0o600, 0)), os.listdir("/dev/mqueue"))
        """
    #expect(try await Jailed.python(program, in: sandbox) == "[]\nok ['queue']\n")
    let prepared = try await sandbox.prepare()
    for _ in 0..<2 {
      #expect(try await prepared.run("/usr/bin/python3", arguments: ["-c", program]).standardOutput == "[]\nok ['queue']\n")
    }
    #expect(try await Jailed.shell("ls /dev/mqueue 2>/dev/null || echo none") == "none\n", "the control")
  }

  @Test func `a sysfs shows the jail's network, and is read-only`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.sysfs)
    let program =
      Jailed.attempt
      + "print(os.listdir('/sys/class/net'), attempt(lambda: os.open('/sys/class/net/lo/mtu', os.O_WRONLY | os.O_TRUNC)))"
    #expect(try await Jailed.python(program, in: sandbox) == "['lo'] EROFS\n")
    #expect(try await Jailed.shell("ls /sys/firmware 2>/dev/null | wc -l", in: sandbox) == "0\n", "tables of the firmware")
    if !Leftovers.names(in: "/sys/firmware").isEmpty {
      let shown = try await Jailed.shell("ls /seen | wc -l", in: control(.bind("/sys/firmware", at: "/seen")))
      #expect(shown != "0\n", "the control: else they are there")
    }
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.prepare() }
    #expect(error?.problems.map(\.path.description) == ["filesystem.mounts[4]"])
    sandbox.namespaces.network = .host(because: "the test")
    sandbox.namespaces.ipc = .host(because: "the test")
    sandbox.filesystem.mounts.append(.messageQueues)
    let shared = #expect(throws: Sandbox.Error.self) { try sandbox.validate(for: .spawn) }
    #expect(shared?.problems.map(\.path.description) == ["filesystem.mounts[4]", "filesystem.mounts[5]"])
  }
}
