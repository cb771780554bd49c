import Glibc
import Testing

/// A host on which root is only played: a filter above answers in the kernel's place that something was changed, and it was not.
/// strace(1) does the same.
@Suite("A host that pretends", .requires(.root)) struct PretendingHostTests {
  /// What the tool says, and the status that it ends with; of a host that has a supplementary group, or there would be none to drop.
  private static func said(pretending calls: String?, _ options: [String]) throws -> (status: CInt, text: String) {
    let inject = calls.map { "inject=\($0):retval=0" } ?? "trace=none"
    let command =
      ["/usr/bin/setpriv", "--groups", "7", "/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-e", inject]
      + ["\(SwiftPayload.buildDirectory)/sandbox", "run"] + options + ["--", "/bin/sh", "-c", "echo ran"]
    let result = try Unjailed.run("/bin/sh", ["-c", "exec \"$@\" 2>&1", "sh"] + command)
    return (result.status, result.output)
  }

  @Test(arguments: [
    ("setresuid", [], "credentials: setresuid("), ("setresgid", [], "credentials: setresgid("),
    ("setgroups", [], "credentials: setgroups("), ("setgroups", ["--groups", "9"], "credentials.groups: setgroups(9)"),
    ("capset", [], "capabilities: capset("), ("pivot_root", [], "filesystem: pivot_root("),
    ("umount2", [], "filesystem: umount2("),
    ("chroot", ["--chroot"], "filesystem.rootChange: chroot("),
    // Where one answers for what it is looked by, too.
    ("setresuid,getresuid", [], "credentials: setresuid("), ("setresgid,getresgid", [], "credentials: setresgid("),
    ("setgroups,getgroups", ["--groups", "9"], "credentials.groups: setgroups(9)"),
  ]) func `is not believed`(_ calls: String, _ options: [String], _ expected: String) throws {
    let said = try Self.said(pretending: calls, options)
    #expect(said.status != 0 && said.text.contains(expected), "\(said)")
    #expect(said.text.contains("EPERM") && !said.text.contains("ran\n"), "\(said)")
    let control = try Self.said(pretending: nil, options)
    #expect(control.status == 0 && control.text == "ran\n", "the control: \(control)")
  }
}
