import Glibc
import Testing

/// A host on which root is only played: a filter above answers in the kernel's place that ids and capabilities were changed, and they
/// were not. strace(1) does the same.
@Suite("A host that pretends", .requires(.root)) struct PretendingHostTests {
  /// What the library says; of a host that has supplementary groups, or there would be none to drop.
  private static func said(pretending call: String?) throws -> [String: String] {
    let inject = call.map { ["-e", "inject=\($0):retval=0"] } ?? ["-e", "trace=none"]
    let result = try Unjailed.run(
      "/usr/bin/setpriv",
      ["--groups", "7", "/usr/bin/strace", "-f", "-qq", "-o", "/dev/null"] + inject + [
        "\(SwiftPayload.buildDirectory)/HostProbe"
      ])
    try #require(result.status == 0, "\(result)")
    var fields: [String: String] = [:]
    for line in result.output.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1).map { String($0) }
      fields[parts[0]] = parts[1].drop { $0 == " " }.description
    }
    return fields
  }

  @Test(arguments: [
    ("setresuid", "become", "credentials"), ("setresgid", "become", "credentials"), ("setgroups", "become", "credentials"),
    ("capset", "set-capabilities", "capabilities"),
  ]) func `is not believed`(_ call: String, _ step: String, _ path: String) throws {
    let said = try Self.said(pretending: call)
    #expect(said["output"] == nil)
    #expect(said["kind"] == "setup" && said["step"] == step && said["call"] == call, "\(said)")
    #expect(said["errno"] == "\(EPERM)" && said["path"]?.hasPrefix(path) == true, "\(said)")
    #expect(said["descriptors left"] == "" && said["children left"] == "false", "\(said)")
  }

  @Test func `the control: one that does what it says`() throws {
    #expect(try Self.said(pretending: nil)["output"] == "ok")
  }
}
