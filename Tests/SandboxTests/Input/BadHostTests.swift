import Glibc
import Testing

/// A host on which no jail can be made. Others than this one need a machine of their own: the lane `hosts`.
@Suite("A bad host", .requires(.root)) struct BadHostTests {
  /// What the library says without a /proc, in a mount namespace of the test's own.
  private func saidWithoutProc(as user: String) throws -> [Substring] {
    let script = "mount -t tmpfs nothing /proc && cd / && \(user) '\(SwiftPayload.buildDirectory)/HostProbe'"
    var result = try Unjailed.run("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script])
    // libdispatch looks into /proc now and then for what its threads do, and kills a program that has none: on a busy machine
    // it happens to one probe in three.
    for _ in 0..<20 where result.status == (128 + SIGILL) << 8 {
      result = try Unjailed.run("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script])
    }
    #expect(result.status == 0)
    return result.output.split(separator: "\n")
  }

  @Test func `without a proc root is told so`() throws {
    #expect(
      try saidWithoutProc(as: "") == [
        "kind: host", "path: credentials", "step: ", "call: open", "errno: 2",
        "hint: the host needs a /proc: mount -t proc proc /proc", "descriptors left: ", "children left: false",
      ])
  }

  @Test func `without a proc a user is told so`() throws {
    #expect(
      try saidWithoutProc(as: "setpriv --reuid 20001 --regid 20001 --clear-groups --inh-caps=-all") == [
        "kind: setup", "path: namespaces", "step: clone-jail", "call: openat", "errno: 2",
        "hint: the host needs a /proc, through which the id maps are written: mount -t proc proc /proc", "descriptors left: ",
        "children left: false",
      ])
  }

  @Test func `the control: with a proc the probe runs a program`() throws {
    let result = try Unjailed.run("\(SwiftPayload.buildDirectory)/HostProbe", [])
    #expect(result.output == "output: ok\noutput: ok\ndescriptors left: \nchildren left: false\n")
  }
}
