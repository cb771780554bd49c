import Glibc
import Testing

@testable import Sandbox

/// newuidmap(1), where it does not come back: in a mount namespace of the test's own.
@Suite("A mapper that hangs", .requires(.root)) struct MapperTests {
  /// Says what the probe says; then kills that, waits for what it leaves, and tells how many of the mappers still run.
  private func said(_ mapper: String, of directory: TemporaryDirectory) throws -> [String] {
    let program = try directory.file("mapper", "#!/bin/sh\n\(mapper)\n", mode: 0o755)
    let given = try directory.file("given", "20001:400000:100\n")
    #expect(chmod(directory.path, 0o755) == 0)
    let script = """
      for name in newuidmap newgidmap; do mount --bind '\(program)' /usr/bin/$name; done
      for name in subuid subgid; do [ -e /etc/$name ] || : > /etc/$name; mount --bind '\(given)' /etc/$name; done
      cd /
      SANDBOX_PROBE=mapper setpriv --reuid 20001 --regid 20001 --clear-groups --inh-caps=-all \
        '\(SwiftPayload.buildDirectory)/HostProbe' > '\(directory.path)/said' 2>&1 & probe=$!
      for i in $(seq 600); do grep -q -e ^last -e rror '\(directory.path)/said' && break; sleep 0.1; done
      kill -KILL $probe
      for i in $(seq 100); do pgrep -u 20001 -f '[s]leep 600.25' > '\(directory.path)/left' || break; sleep 0.1; done
      cat '\(directory.path)/said'; echo "mappers left: $(wc -l < '\(directory.path)/left')"
      """
    return lines(
      try Unjailed.run("/usr/bin/unshare", ["--mount", "--propagation", "private", "/bin/sh", "-c", script]).output)
  }

  @Test func `ends with the jail, with the spawn that is cancelled, and with the host`() throws {
    let directory = try TemporaryDirectory()
    let said = try said("exec sleep 600.25", of: directory)
    #expect(said.first?.hasPrefix("killed: namespaces: clone-jail") == true, "\(said)")
    #expect(said.first?.hasSuffix("the jail's init was killed in this step, before its program ran") == true, "\(said)")
    #expect(said.dropFirst() == ["cancelled: cancelled", "children left: false", "last: begun", "mappers left: 0"])
  }
}
