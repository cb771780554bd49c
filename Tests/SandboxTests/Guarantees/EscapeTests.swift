import Glibc
import Sandbox
import Testing

/// Old ways out of a root.
@Suite("Ways out of the root") struct EscapeTests {
  /// chroot(2) below oneself, and up by a directory that was kept open: it takes the capability, which no jail has; and with it, it
  /// leads no further than the jail's own root.
  @Test func `a double chroot with a kept directory leads nowhere`() async throws {
    let program =
      Jailed.attempt + """
        os.makedirs("/tmp/x")
        kept = os.open("/", os.O_RDONLY)
        print(attempt(lambda: os.chroot("/tmp/x")))
        os.fchdir(kept)
        for _ in range(50): os.chdir("..")
        print(os.path.lexists("home"), sorted(os.listdir(".")) == sorted(os.listdir("/proc/self/root/")))
        print(os.path.lexists("/home"))
        """
    var sandbox = Sandbox()
    sandbox.filter = .off(because: "the test looks at the root alone")
    #expect(try await Jailed.python(program, in: sandbox) == "EPERM\nFalse True\nFalse\n")
    // With the capability: /tmp/x has no /proc, so the second print is of the kept root.
    sandbox.capabilities = .keeping([.sysChroot])
    let allowed =
      Jailed.attempt + """
        os.makedirs("/tmp/x")
        kept = os.open("/", os.O_RDONLY)
        print(attempt(lambda: os.chroot("/tmp/x")), os.listdir("/"))
        os.fchdir(kept)
        for _ in range(50): os.chdir("..")
        print(attempt(lambda: os.chroot(".")), os.path.lexists("/home"), os.path.lexists("/usr"))
        """
    #expect(try await Jailed.python(allowed, in: sandbox) == "ok []\nok False True\n")
    #expect(access("/home", F_OK) == 0, "the control: the host has it")
  }

  @Test func `a file cannot be opened by its handle`() async throws {
    let program =
      Jailed.attempt + """
        number = 303 if os.uname().machine == "x86_64" else 264
        handle = ctypes.create_string_buffer(128); handle[0] = 120
        mount = ctypes.c_int()
        libc.name_to_handle_at(-100, b"/tmp", handle, ctypes.byref(mount), 0)
        directory = os.open("/tmp", os.O_RDONLY)
        print(attempt(lambda: call(number + 1, directory, handle, os.O_RDONLY)))
        """
    var sandbox = Sandbox()
    sandbox.filter = .off(because: "the test looks at the capability alone")
    #expect(["EPERM\n", "EOPNOTSUPP\n"].contains(try await Jailed.python(program, in: sandbox)))
    #expect(try await Jailed.python(program) == "EPERM\n", "by the filter, too")
    if geteuid() == 0 { #expect(try Unjailed.python(program) == "ok\n", "the control: outside, root can") }
  }

  @Test func `a descriptor that comes over a bound socket is the payload's, as the threat model says`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let secret = try directory.file("secret", "sent\n", mode: 0o600)
    mkdir("\(directory.path)/shared", 0o755)
    let host = try directory.file(
      "host.py",
      """
      import os, socket
      s = socket.socket(socket.AF_UNIX); s.bind("\(directory.path)/shared/socket"); s.listen()
      os.chmod("\(directory.path)/shared/socket", 0o777)
      if os.fork(): os._exit(0)
      s.settimeout(300)
      c, _ = s.accept()
      socket.send_fds(c, [b"x"], [os.open("\(secret)", os.O_RDONLY)])
      """)
    #expect(try Unjailed.run("/usr/bin/python3", [host]).status == 0)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind("\(directory.path)/shared", at: "/shared"))
    let program = """
      import os, socket
      s = socket.socket(socket.AF_UNIX); s.connect("/shared/socket")
      print(os.read(socket.recv_fds(s, 1, 1)[1][0], 9).decode(), end="")
      """
    #expect(try await Jailed.python(program, in: sandbox) == "sent\n")
    #expect(
      try await Jailed.shell("[ -e '\(secret)' ] || echo missing", in: sandbox) == "missing\n",
      "the control: by name it is not there")
  }
}
