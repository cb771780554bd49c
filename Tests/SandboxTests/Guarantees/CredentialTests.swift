import Glibc
import Sandbox
import Testing

@Suite("Credentials and capabilities") struct CredentialTests {
  static func status(_ sandbox: Sandbox = Sandbox()) async throws -> [String: String] {
    fields(try await Jailed.shell("cat /proc/self/status", in: sandbox))
  }

  static func fields(_ text: String) -> [String: String] {
    Dictionary(
      lines(text).compactMap { line in
        let parts = line.split(separator: ":", maxSplits: 1)
        return parts.count == 2 ? (String(parts[0]), parts[1].split(whereSeparator: \.isWhitespace).joined(separator: " ")) : nil
      }, uniquingKeysWith: { $1 })
  }

  @Test func `no capability is left in any set`() async throws {
    let status = try await Self.status()
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] { #expect(status[set] == "0000000000000000", "\(set)") }
    #expect(status["NoNewPrivs"] == "1")
    let control = Self.fields(try Unjailed.run("/bin/cat", ["/proc/self/status"]).output)
    #expect(control["CapBnd"] != "0000000000000000", "the control: outside, the bounding set is not empty")
    #expect(control["NoNewPrivs"] == "0")
  }

  @Test func `the filter is loaded`() async throws {
    let status = try await Self.status()
    #expect(status["Seccomp"] == "2")
    #expect(Self.fields(try Unjailed.run("/bin/cat", ["/proc/self/status"]).output)["Seccomp"] == "0", "the control")
  }

  @Test func `user and group are the policy's`() async throws {
    let status = try await Self.status()
    #expect(status["Uid"] == "1000 1000 1000 1000")
    #expect(status["Gid"] == "1000 1000 1000 1000")
    #expect(status["Umask"] == "0022")
    var other = Sandbox()
    (other.credentials.user, other.credentials.group, other.credentials.umask) = (0, 7, 0o077)
    let changed = try await Self.status(other)
    #expect(changed["Uid"] == "0 0 0 0")
    #expect(changed["Gid"] == "7 7 7 7")
    #expect(changed["Umask"] == "0077")
    #expect(changed["CapEff"] == "0000000000000000", "uid 0 inside means nothing")
  }

  @Test(.requires(.root)) func `root's payload has no groups, and an id that no account has`() async throws {
    #expect(try await Self.status()["Groups"] == "")
    let process = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
    let payload = try #require(Self.child(of: process.processIdentifier))
    let uids = Set(Self.fields(try Text.of("/proc/\(payload)/status"))["Uid"]!.split(separator: " "))
    #expect(uids.count == 1)
    let uid = try #require(UInt32(uids.first!))
    #expect(uid >= 0x7000_0000 && uid < 0x7ff0_0000)
    #expect(try Unjailed.run("/usr/bin/getent", ["passwd", String(uid)]).output == "")
    await process.kill()
  }

  @Test(.requires(.root)) func `root's payload has none of its host's groups`() async throws {
    await #expect(processExitsWith: .success) {
      var groups: [gid_t] = [4, 24, 42]
      precondition(setgroups(groups.count, &groups) == 0)
      let look = ["-c", "echo $(grep Groups: /proc/self/status)"]
      let control = try Unjailed.run("/bin/sh", look).output
      precondition(control == "Groups: 4 24 42\n", control)
      for prepares in [false, true] {
        let command = Sandbox.Command("/bin/sh", arguments: look)
        let outcome = prepares ? try await Sandbox().prepare().run(command) : try await Sandbox().run(command)
        precondition(outcome.standardOutput == "Groups:\n", outcome.standardOutput)
      }
    }
  }

  @Test(.requires(.user)) func `an ordinary user's payload is that user, and its groups are named`() async throws {
    let process = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
    let payload = try #require(Self.child(of: process.processIdentifier))
    #expect(Self.fields(try Text.of("/proc/\(payload)/status"))["Uid"]!.hasPrefix("\(geteuid()) "))
    await process.kill()
    let gaps = process.enforcement.gaps.map(\.path.description)
    #expect(gaps == (getgroups(0, nil) > 0 && !Self.onlyPrimaryGroup ? ["credentials.groups"] : []))
  }

  @Test(.requires(.root)) func `two host processes give their payloads different ids`() async throws {
    let process = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
    let payload = try #require(Self.child(of: process.processIdentifier))
    let uid = Self.fields(try Text.of("/proc/\(payload)/status"))["Uid"]!.split(separator: " ")[0]
    let claim = """
      import socket
      try:
          socket.socket(socket.AF_UNIX).bind("\\0sandbox-payload-%s")
          print("free")
      except OSError as error:
          print(error.errno)
      """
    #expect(try Unjailed.python(claim.replacingFirst("%s", by: uid)) == "98\n", "EADDRINUSE: nobody else can claim it")
    #expect(try Unjailed.python(claim.replacingFirst("%s", by: "1")) == "free\n", "the control")
    await process.kill()
  }

  private static var onlyPrimaryGroup: Bool {
    var groups = [gid_t](repeating: 0, count: Int(getgroups(0, nil)))
    getgroups(CInt(groups.count), &groups)
    return groups.allSatisfy { $0 == getegid() }
  }

  static func child(of pid: Int32) -> Int32? {
    Leftovers.names(in: "/proc").first { Leftovers.parent(of: $0) == pid }.flatMap { Int32($0) }
  }

  @Test func `a set-user-ID program gives nothing`() async throws {
    let uid = try await Jailed.shell(
      "cp /usr/bin/id /tmp/id; chmod 4755 /tmp/id || true; /tmp/id -u; ls -l /usr/bin/passwd >/dev/null; stat -c %u /usr/bin/id")
    #expect(lines(uid).first == "1000")
  }

  @Test func `the session keyring is fresh`() async throws {
    var unfiltered = Sandbox()
    unfiltered.filter = .off(because: "the filter closes keyctl altogether")
    // keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, create), x86_64
    let ask = Jailed.attempt + "print(libc.syscall(250, 0, -3, 0))"
    let first = try await Jailed.python(ask, in: unfiltered)
    let second = try await Jailed.python(ask, in: unfiltered)
    #expect(Int(first.trimmed)! > 0)
    #expect(first != second)
    let host = try Unjailed.python(ask)
    #expect(first != host)
    #expect(try Unjailed.python(ask) == host, "the control: unjailed programs share one")
  }

  @Test func `a session keyring that the host has is not the jail's`() throws {
    // A host that has one, as after a login; KEYCTL_JOIN_SESSION_KEYRING, x86_64.
    let host = """
      import ctypes, subprocess
      libc = ctypes.CDLL(None)
      own = libc.syscall(250, 1, 0)
      ask = ["/usr/bin/python3", "-c", "import ctypes; print(ctypes.CDLL(None).syscall(250, 0, -3, 0))"]
      tool = ["\(SwiftPayload.buildDirectory)/sandbox", "run", "--no-filter", "a test", "--"]
      print(own > 0, *[int(subprocess.check_output(before + ask)) == own for before in ([], tool)])
      """
    #expect(try Unjailed.python(host) == "True True False\n", "the control: an unjailed program shares it")
  }
}

extension String {
  func replacingFirst(_ part: String, by other: some StringProtocol) -> String {
    guard let range = firstRange(of: part) else { return self }
    return String(self[..<range.lowerBound]) + String(other) + String(self[range.upperBound...])
  }
}
