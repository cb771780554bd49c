import Glibc
import Sandbox
import Testing

@Suite("Kept capabilities") struct CapabilityTests {
  private static let sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]

  /// The five sets, as the payload's own program finds them.
  private func sets(_ capabilities: CapabilityPolicy, user: CredentialID = 1000) async throws -> [String] {
    var sandbox = Sandbox()
    sandbox.capabilities = capabilities
    sandbox.credentials.user = user
    let status = try await CredentialTests.status(sandbox)
    return Self.sets.map { String(UInt64(status[$0]!, radix: 16)!, radix: 16) }
  }

  @Test(arguments: [1000, 0] as [CredentialID]) func `what is kept is in all five sets of the program, and nothing else`(
    _ user: CredentialID
  )
    async throws
  {
    #expect(try await sets(.keeping([.netRaw]), user: user) == Array(repeating: "2000", count: 5))
    #expect(try await sets(CapabilityPolicy(), user: user) == Array(repeating: "0", count: 5), "the control")
  }

  @Test func `each set can be given alone, as far as the kernel lets it`() async throws {
    var policy = CapabilityPolicy()
    policy.bounding = [.netRaw, .kill]
    #expect(try await sets(policy) == ["0", "0", "0", "2020", "0"])
    policy.inheritable = [.kill]
    #expect(try await sets(policy) == ["20", "0", "0", "2020", "0"])
    policy = .keeping([.netRaw])
    policy.effective = []
    // execve(2) makes what is ambient effective again.
    #expect(try await sets(policy) == Array(repeating: "2000", count: 5))
  }

  @Test func `uid 0 means something where the securebits let it`() async throws {
    var policy = CapabilityPolicy()
    (policy.permitted, policy.bounding, policy.secureBits) = ([.netRaw], [.netRaw, .kill], [])
    #expect(try await sets(policy, user: 0) == ["0", "2000", "2000", "2020", "0"], "no more than it had")
  }

  @Test func `every capability can be kept at once`() async throws {
    let all = try await sets(.keeping(.all, because: "the test"))
    #expect(all == Array(repeating: "1ffffffffff", count: 5))
  }

  @Test(.requires(.libcapPrograms)) func `capsh inside says so, too`() async throws {
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.netRaw, .kill])
    let outcome = try await sandbox.run("/usr/sbin/capsh", arguments: ["--print"])
    let said = lines(outcome.standardOutput)
    for line in ["Current: cap_kill,cap_net_raw=eip", "Bounding set =cap_kill,cap_net_raw", "Ambient set =cap_kill,cap_net_raw"] {
      #expect(said.contains(line), "\(line) is not in \(said)")
    }
    #expect(said.contains { $0.hasPrefix("Securebits: ") && $0.contains("/0xcf/") })
    let closed = lines(try await Sandbox().run("/usr/sbin/capsh", arguments: ["--print"]).standardOutput)
    #expect(closed.contains("Current: =") && closed.contains("Bounding set ="), "the control: \(closed)")
  }

  @Test func `the init keeps none of it`() async throws {
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.netRaw])
    let program = """
      import time
      def read(): return [line.split()[1] for line in open("/proc/1/status") if line[:6] in ("CapPrm", "CapEff", "CapAmb")]
      end = time.time() + 10
      while set(read()) != {"0" * 16} and time.time() < end: time.sleep(0.01)
      print(set(read()), set(line.split()[1] for line in open("/proc/self/status") if line[:6] == "CapPrm"))
      """
    #expect(try await Jailed.python(program, in: sandbox) == "{'0000000000000000'} {'0000000000002000'}\n")
  }

  @Test func `a raw socket needs CAP_NET_RAW, of the jail's own network`() async throws {
    let program = Jailed.attempt + "print(attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)))"
    #expect(try await Jailed.python(program) == "EPERM\n")
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.netRaw])
    #expect(try await Jailed.python(program, in: sandbox) == "ok\n", "the control")
    if geteuid() == 0 { #expect(try Unjailed.python(program) == "ok\n", "and root outside") }
  }

  @Test(.requires(.ping)) func `ping works with it, and not without`() async throws {
    let arguments = ["-c", "1", "-W", "5", "127.0.0.1"]
    #expect(try await Sandbox().run("ping", arguments: arguments).isSuccess == false)
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.netRaw])
    let outcome = try await sandbox.run("ping", arguments: arguments)
    #expect(outcome.isSuccess && outcome.standardOutput.contains(" 0% packet loss"), "\(outcome.standardError)")
  }

  @Test func `the program has the policy's securebits`() async throws {
    // prctl(PR_GET_SECUREBITS)
    let program = Jailed.attempt + "print(hex(libc.prctl(27, 0, 0, 0, 0)))"
    #expect(try await Jailed.python(program) == "0xef\n")
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.netRaw])
    #expect(try await Jailed.python(program, in: sandbox) == "0xcf\n", "all but the lock of keep-caps")
    sandbox.capabilities.secureBits = [.noRoot]
    #expect(try await Jailed.python(program, in: sandbox) == "0x1\n")
  }

  @Test func `what the securebits forbid, the program cannot do`() async throws {
    // Makes CAP_NET_RAW ambient again after it has lowered it; prctl(PR_CAP_AMBIENT, LOWER and RAISE).
    let program =
      Jailed.attempt + """
        assert libc.prctl(47, 3, 13, 0, 0) == 0
        print(libc.prctl(47, 2, 13, 0, 0), errno.errorcode.get(ctypes.get_errno(), "ok"))
        """
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.netRaw])
    #expect(try await Jailed.python(program, in: sandbox) == "-1 EPERM\n")
    sandbox.capabilities.secureBits = [.noRoot]
    #expect(try await Jailed.python(program, in: sandbox) == "0 ok\n", "the control")
  }

  @Test func `it counts in the jail's own namespaces alone`() async throws {
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.netAdmin, .sysNice, .sysResource, .sysTime], because: "the test")
    // SIOCSIFFLAGS of the jail's own loopback; then what the kernel asks of its first user namespace.
    let program =
      Jailed.attempt + """
        import fcntl, resource, struct, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        print(attempt(lambda: fcntl.ioctl(s, 0x8914, struct.pack("16sH22x", b"lo", 0))))
        print(attempt(lambda: os.setpriority(os.PRIO_PROCESS, 0, -1)))
        print(attempt(lambda: time.clock_settime(time.CLOCK_REALTIME, time.time())))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        try: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard + 1)); print("raised")
        except (OSError, ValueError): print("refused")
        print(attempt(lambda: open("/proc/sys/user/max_user_namespaces", "w")))
        """
    #expect(try await Jailed.python(program, in: sandbox) == "ok\nEACCES\nEPERM\nrefused\nEROFS\n")
    let without = try await Jailed.python(program)
    #expect(lines(without).first == "EPERM", "the control")
    #expect(try Unjailed.run("/bin/cat", ["/sys/class/net/lo/operstate"]).output != "down\n", "the host's is untouched")
  }

  @Test(arguments: [SeccompPolicy.standard, .off(because: "the test")])
  func `with every capability, and without a filter, the init is out of reach`(_ filter: SeccompPolicy) async throws {
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping(.all, because: "the test")
    sandbox.filter = filter
    // A child of its own is the control.
    let program =
      Jailed.attempt + """
        import signal, time
        def trace(pid):
            if libc.ptrace(16, pid, 0, 0) < 0: raise OSError(ctypes.get_errno(), "")
            os.waitpid(pid, 0x40000000)
        child = os.fork()
        if child == 0: time.sleep(600)
        for pid in 1, child:
            print(*[attempt(lambda: open("/proc/%d/%s" % (pid, name), "rb").close()) for name in ("mem", "environ", "maps", "exe")],
                  attempt(lambda: os.listdir("/proc/%d/fd" % pid)), attempt(lambda: trace(pid)))
        os.kill(1, signal.SIGKILL)
        print("alive")
        """
    #expect(
      try await Jailed.python(program, in: sandbox)
        == "EACCES EACCES EACCES EACCES EACCES EPERM\nok ok ok ok ok ok\nalive\n")
  }

  @Test func `CAP_SYS_ADMIN opens no mounts while the filter is there, and undoes them where it is off`() async throws {
    var sandbox = Sandbox()
    sandbox.capabilities = .keeping([.sysAdmin], because: "the test")
    // mount(MS_BIND | MS_REMOUNT): writable again.
    let program =
      Jailed.attempt + "print(libc.mount(b'none', b'/usr', None, 4096 | 32, None), errno.errorcode.get(ctypes.get_errno(), 'ok'))"
    #expect(try await Jailed.python(program, in: sandbox) == "-1 EPERM\n")
    sandbox.filter = .off(because: "the test")
    if geteuid() == 0 { #expect(try await Jailed.python(program, in: sandbox) == "0 ok\n", "the control, and the danger") }
    sandbox.capabilities = CapabilityPolicy()
    #expect(try await Jailed.python(program, in: sandbox) == "-1 EPERM\n", "without a filter the capability is what it takes")
  }

  @Test func `a kept capability is said, and one that could undo the jail with its danger`() async throws {
    var sandbox = Sandbox()
    #expect(try await sandbox.run("/bin/true").enforcement.openings.isEmpty, "the control")
    sandbox.capabilities = .keeping([.netRaw])
    let plain = try await sandbox.run("/bin/true").enforcement
    #expect(
      plain.openings.map(\.description) == ["capabilities: the program keeps cap_net_raw, in the jail's own user namespace"])
    sandbox.capabilities = .keeping([.sysAdmin, .netRaw], because: "it builds images")
    let dangerous = try sandbox.enforcement(for: .init("/bin/true")).openings.map(\.description)
    #expect(
      dangerous.first
        == "capabilities: the program keeps cap_net_raw,cap_sys_admin, in the jail's own user namespace: it builds images")
    #expect(dangerous.count == 2 && dangerous[1].hasPrefix("capabilities: cap_sys_admin: it mounts and unmounts inside"))
  }

  @Test(.requires(.root), .requires(.libcapPrograms)) func `a program's file capabilities give nothing inside`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let program = "\(directory.path)/cat"
    #expect(try Unjailed.run("/bin/cp", ["/bin/cat", program]).status == 0)
    try FileCapabilities(permitted: [.netRaw], isEffective: true).write(toFile: program)
    let ask = ["/proc/self/status"]
    let control = try Unjailed.run(
      "/usr/bin/setpriv", ["--reuid", "20001", "--regid", "20001", "--clear-groups", "--inh-caps=-all", program] + ask)
    #expect(CapabilityState(status: control.output)?.effective == [.netRaw], "the control: outside they do")
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/x"))
    let outcome = try await sandbox.run("/x/cat", arguments: ask)
    #expect(CapabilityState(status: outcome.standardOutput)?.permitted.isEmpty == true)
    // Nor do they take away what the program keeps.
    sandbox.capabilities = .keeping([.kill])
    let kept = try await sandbox.run("/x/cat", arguments: ask)
    #expect(CapabilityState(status: kept.standardOutput)?.effective == [.kill])
  }

  @Test func `prepared jails that keep any have a user namespace each`() async throws {
    var sandbox = Sandbox()
    let none = try await Self.twoPrepared(sandbox)
    #expect(none[0] == none[1] && none[0][1].hasSuffix("0000000000000000"), "the control: they share one")
    sandbox.capabilities = .keeping([.netRaw])
    let kept = try await Self.twoPrepared(sandbox)
    #expect(kept[0][0] != kept[1][0])
    #expect(kept.allSatisfy { $0[1].hasSuffix("0000000000002000") })
    let raw = "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print('raw')"
    #expect(try await sandbox.prepare().run("/usr/bin/python3", arguments: ["-c", raw]).standardOutput == "raw\n")
  }

  /// The user namespaces and the effective sets of two jails, which live at once: the number of a namespace that is gone may be
  /// the next one's.
  private static func twoPrepared(_ sandbox: Sandbox) async throws -> [[String]] {
    let look = "readlink /proc/self/ns/user; grep CapEff /proc/self/status"
    let prepared = try await sandbox.prepare()
    let held = try await prepared.spawn(
      .init("/bin/bash", arguments: ["-c", "\(look); read line"], input: .writer, output: .sequence))
    var text = ""
    for try await chunk in held.standardOutput! {
      text += String(decoding: chunk, as: UTF8.self)
      if lines(text).count == 2, text.hasSuffix("\n") { break }
    }
    let second = try await prepared.run("/bin/bash", arguments: ["-c", look]).standardOutput
    await held.kill()
    await prepared.end()
    let error = await #expect(throws: Sandbox.Error.self) { try await prepared.run("/bin/true") }
    #expect(error?.kind == .ended)
    return [lines(text), lines(second)]
  }
}

@Suite("Supplementary groups") struct GroupTests {
  @Test(.requires(.root)) func `a jail may use a file as its groups may, and is told so`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let path = try directory.file("secret", "seen\n", mode: 0o640)
    #expect(chown(path, 0, 29) == 0)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/x"))
    let ask = "cat /x/secret 2>&1; id -G"
    #expect(try await Jailed.shell(ask, in: sandbox) == "cat: /x/secret: Permission denied\n1000\n", "the control")
    sandbox.credentials.groups = ["audio", 44]
    #expect(try await Jailed.shell(ask, in: sandbox) == "seen\n1000 29 44\n")
    // By name where the policy names it.
    #expect(
      try await Jailed.shell("id -Gn 2>/dev/null; grep audio /etc/group", in: sandbox) == "sandbox audio 44\naudio:x:29:sandbox\n"
    )
    #expect(
      try sandbox.enforcement(for: .init("/bin/true")).openings.map(\.description) == [
        "credentials.groups[0]: the jail has the rights of the host's group audio",
        "credentials.groups[1]: the jail has the rights of the host's group 44",
      ])
    let prepared = try await sandbox.prepare()
    let outcome = try await prepared.run("/bin/cat", arguments: ["/x/secret"])
    #expect(outcome.standardOutput == "seen\n")
    await prepared.end()
  }

  /// The kernel holds them by their numbers outside.
  @Test(.requires(.root)) func `come in any order, where the host's map is not ascending`() throws {
    let program = """
      import ctypes, os, sys
      ready, go = os.pipe(), os.pipe()
      child = os.fork()
      if child == 0:
          assert ctypes.CDLL(None).unshare(0x10020000) == 0  # CLONE_NEWUSER | CLONE_NEWNS
          os.write(ready[1], b".")
          os.read(go[0], 1)
          os.setgroups([44, 1000]), os.setgid(0), os.setuid(0)
          print(os.getgroups(), flush=True)
          os.execv(sys.argv[1], sys.argv[1:])
      os.read(ready[0], 1)
      for kind in "uid", "gid":
          with open(f"/proc/{child}/{kind}_map", "w") as file:
              file.write("0 100000 1000\\n1000 1000 1\\n1001 101001 64000\\n")
      os.write(go[1], b".")
      sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
      """
    let tool = "\(SwiftPayload.buildDirectory)/sandbox"
    let rest = ["run", "--gid", "500", "--groups", "44,1000", "--", "/usr/bin/id", "-G"]
    let spawned = try Unjailed.run("/usr/bin/python3", ["-c", program, tool] + rest)
    #expect(spawned.output == "[1000, 44]\n500 1000 44\n" && spawned.status == 0, "\(spawned)")
    let probe = try EnterProbe("/usr/bin/python3", ["-c", program, EnterProbe.path])
    #expect(probe.line() == "[1000, 44]", "the program's own")
    #expect(probe.ask("enter user=500 groups=44,1000 off")?.hasPrefix("entered") == true, "\(probe.complaint)")
  }

  @Test(.requires(.root)) func `as many groups as a map takes`() async throws {
    var sandbox = Sandbox()
    sandbox.credentials.groups = (2001...2338).map { .number($0) }
    #expect(try await Jailed.shell("id -G | wc -w", in: sandbox) == "339\n")
  }

  @Test(.requires(.user)) func `an ordinary user can give none`() async throws {
    var sandbox = Sandbox()
    sandbox.credentials.groups = [44]
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(
      error?.description.hasPrefix("credentials.groups: an ordinary user can give its jail no supplementary groups") == true)
  }

  @Test func `a user by name is the number that the host has for it`() async throws {
    var sandbox = Sandbox()
    sandbox.credentials.user = "www-data"
    sandbox.credentials.group = "audio"
    #expect(try await Jailed.shell("id -u; id -g", in: sandbox) == "33\n29\n")
    sandbox.credentials.user = "www-dta"
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(
      error?.description == "credentials.user: the host's /etc/passwd has no user \"www-dta\"\n  hint: did you mean \"www-data\"?"
    )
  }
}
