import Glibc
import Testing

/// What the tool says of its host, and does where that forbids something.
@Suite("The tool and its host") struct HostToolTests {
  @Test func `the doctor says that a closed box can be made here, and what each part came to`() async throws {
    let result = try await ToolTests.shell(
      """
      sandbox doctor; echo "status $?"
      sandbox doctor --json > report; echo "status $?"; grep -c '"verdict" : "allowed"' report; grep closedBox report
      """)
    let lines = result.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("Linux ") == true, "\(result.error)")
    #expect(lines.contains("  ok    the closed box, all of it together"))
    #expect(lines.count { $0.hasPrefix("  ok    ") } >= 18 && !lines.contains { $0.hasPrefix("  no") || $0.hasPrefix("  ?") })
    let allowed = lines.count { $0.hasPrefix("  ok    ") }
    #expect(
      lines.suffix(5) == ["A closed box can be made here.", "status 0", "status 0", "\(allowed)", "  \"closedBox\" : true,"])
    #expect(!result.output.contains("\u{1b}"))
  }

  @Test func `the doctor names what is refused, once, and its status says so`() async throws {
    // A filter above the tool, under which no file system can be made; and the same without it as the control.
    let filter = """
      import ctypes, os, struct, sys
      rows = [(0x20, 0, 0, 0), (0x15, 0, 1, 430), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7fff0000)]
      program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
      libc = ctypes.CDLL(None)
      libc.prctl(38, 1, 0, 0, 0)
      assert libc.prctl(22, 2, struct.pack("HxxxxxxP", 4, ctypes.addressof(program))) == 0
      os.execv(sys.argv[1], sys.argv[1:])
      """
    let result = try await ToolTests.shell(
      """
      echo '\(filter)' > filter
      python3 filter '\(ToolTests.path)' doctor; echo "status $?"
      export TERM=xterm; unset NO_COLOR
      script -qec "'\(ToolTests.path)' doctor" /dev/null < /dev/null | head -5 | grep -c $'\\e\\[32m'
      NO_COLOR=1 script -qec "'\(ToolTests.path)' doctor" /dev/null < /dev/null | grep -c $'\\e'
      """)
    let lines = result.output.split(separator: "\n")
    #expect(lines.first?.hasSuffix("below a system call filter") == true, "\(result.output)\(result.error)")
    #expect(lines.contains("  ok    a user namespace of its own"))
    #expect(lines.contains("  no    a root and an init of its own"))
    #expect(lines.contains { $0.contains("fsopen(tmpfs") && $0.contains("EPERM") })
    #expect(lines.contains("         cause: a system call filter above this process"))
    #expect(lines.contains("  ?     the closed box, all of it together: not tried, since it builds on filesystem"))
    #expect(lines.suffix(4) == ["No closed box can be made here.", "status 1", "3", "0"])
  }

  @Test func `where no memfd may be executed, the jailer can lie in a file`() async throws {
    // The sysctl is the pid namespace's own, since 6.3, and only root may change it. (The lane of bad hosts has it as a user.)
    let result = try await ToolTests.shell(
      """
      sandbox jailer ./jailer; sandbox jailer ./jailer; echo $?; stat -c %a jailer
      cat > inside <<'end'
      [ ! -w /proc/sys/vm/memfd_noexec ] || echo 2 > /proc/sys/vm/memfd_noexec || exit 9
      "$0" run -- echo in memory
      "$0" run --jailer ./jailer -- echo in a file
      end
      [ $(id -u) = 0 ] && own="unshare --pid --fork --mount-proc"
      $own bash -c "$(cat inside)" '\(ToolTests.path)'
      cp jailer other; chmod u+w other; echo >> other; chmod 555 other; sandbox run --jailer ./other -- true; echo $?
      cp jailer loose; chmod 775 loose; sandbox run --jailer ./loose -- true; echo $?
      for file in /dev/null . none; do sandbox run --jailer $file -- true; echo $?; done
      """)
    let forbids = access("/proc/sys/vm/memfd_noexec", W_OK) == 0
    #expect(
      result.output == "125\n555\n\(forbids ? "" : "in memory\n")in a file\n125\n125\n125\n125\n125\n", "\(result.error)")
    let expected =
      ["EEXIST", "not the jailer of this version", "its mode is 0775", "no regular file", "no regular file", "ENOENT"]
      + (forbids ? ["memfd_create(\"init\", MFD_EXEC): EACCES", "sandbox jailer FILE and run --jailer FILE"] : [])
    for message in expected { #expect(result.error.contains(message), "\(message): \(result.error)") }
  }
}
