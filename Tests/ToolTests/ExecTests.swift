import Glibc
import Testing

/// `sandbox exec`: the tool becomes the program.
@Suite("The tool becomes a program") struct ExecTests {
  @Test func `in its own process, with its streams and its status`() async throws {
    let result = try await ToolTests.shell(
      """
      (echo $BASHPID; exec '\(ToolTests.path)' exec -- sh -c 'echo $$; cat; exit 7' <<< input)
      echo $?
      """)
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 4 && lines[0] == lines[1], "\(result)")
    #expect(lines.suffix(2) == ["input", "7"], "\(result)")
  }

  @Test func `it is jailed`() async throws {
    let program = "id -u; hostname; ls /; ls /proc 2>&1; echo x > /usr/x; cat /etc/shadow"
    let result = try await ToolTests.shell("hostname; ls / | grep -c proc; sandbox exec -- sh -c '\(program)' 2>&1")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.count > 3 && lines[0] != "sandbox" && lines[1] == "1", "positive control: \(result)")
    #expect(lines[2...3] == ["1000", "sandbox"], "\(result)")
    #expect(lines[4..<12] == ["bin", "dev", "etc", "lib", "lib64", "sbin", "tmp", "usr"], "\(result)")
    #expect(lines[12].hasSuffix("cannot access '/proc': No such file or directory"), "\(result)")
    #expect(lines[13].hasSuffix("Read-only file system") && lines[14].hasSuffix("No such file or directory"), "\(result)")
  }

  @Test func `options are those of a policy`() async throws {
    let result = try await ToolTests.shell(
      "sandbox exec --uid 7 --hostname box --rlimit nofile=32 --setenv A=b -- sh -c 'id -u; hostname; ulimit -n; echo $A'")
    #expect(result.output == "7\nbox\n32\nb\n", "\(result)")
  }

  @Test func `what cannot be executed`() async throws {
    let missing = try await ToolTests.shell("sandbox exec -- no-such-program")
    #expect(
      missing.status == 127
        && missing.error.contains("/no-such-program\"): ENOENT (no such file or directory); hint: "),
      "\(missing)")
    let data = try await ToolTests.shell("sandbox exec -- /etc/passwd")
    #expect(
      data.status == 126 && data.error.contains("command: execve(\"/etc/passwd\"): EACCES (permission denied); hint: "), "\(data)"
    )
    let folder = try await ToolTests.shell("sandbox exec -- /tmp")
    #expect(folder.status == 126 && folder.error.contains("hint: it is a directory: name a program in it"), "\(folder)")
    let terminal = try await ToolTests.shell("sandbox exec --tty -- true")
    #expect(terminal.status == 125 && terminal.error.contains("--tty"), "\(terminal)")
    let deadline = try await ToolTests.shell("sandbox exec --deadline 1s -- true")
    #expect(deadline.status == 125 && deadline.error.contains("deadline: a process that enters ends itself"), "\(deadline)")
    let directory = try await ToolTests.shell("sandbox exec -- true < /")
    #expect(directory.status == 125 && directory.error.contains("directory"), "\(directory)")
  }

  @Test func `help and report say what its default lacks`() async throws {
    let help = try await ToolTests.shell("sandbox exec --help")
    let text = help.output.replacing("\n", with: " ")
    #expect(text.contains("the pid namespace") && text.contains("fresh /proc"), "\(help)")
    let report = try await ToolTests.shell("sandbox exec --report report -- true; cat report")
    #expect(report.output.contains("\"namespaces.pid\"") && report.output.contains("there is no fresh"), "\(report)")
    #expect(report.output.contains("\"written\" : \"before it entered"), "\(report)")
  }

  /// In a chroot an ordinary user gets no user namespace, which is known before anything has changed.
  @Test(.enabled(if: geteuid() == 0, "it takes root to put an ordinary user into a chroot; the lane root runs this"))
  func `a report of what did not come says why`() async throws {
    let result = try await ToolTests.shell(
      """
      chmod 777 .; cp '\(ToolTests.path)' tool; mkdir root; here=$PWD
      unshare --mount bash -c 'mount --rbind / root; chroot --userspec=20001:20001 root "$0/tool" exec --report "$0/report" -- true' "$here"
      echo "status $?"; cat report
      """)
    #expect(result.output.hasPrefix("status 125\n") && result.output.contains("\"error\""), "\(result)")
    #expect(!result.output.contains("\"complete\""), "\(result)")
  }
}
