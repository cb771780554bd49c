// A shell in its own mount namespace: it mounts a file system over /mnt, and nobody else sees it.
import HostShell
import Sandbox

let show = """
  echo "  $(readlink /proc/self/ns/mnt), the root: $(stat -f -c %T /)"
  echo "  /mnt: $(grep -c ' /mnt ' /proc/self/mountinfo) mounted over it, in it: $(ls /mnt | tr '\\n' ' ')"
  """

var sandbox = Sandbox()
sandbox.filesystem.mounts.append(.directory(at: "/mnt"))
// mount(2) takes CAP_SYS_ADMIN in the mount namespace's own user namespace, and the filter refuses it to everyone.
sandbox.credentials.user = 0
sandbox.capabilities = .keeping([.sysAdmin], because: "it mounts")
sandbox.filter = .off(because: "it mounts")

print("the host, before:\n\(hostShell(show))", terminator: "")
let mounting = "mount -t tmpfs inside /mnt && touch /mnt/written-inside"
let inside = try await sandbox.run("/bin/sh", arguments: ["-c", "\(show)\n\(mounting)\n\(show)"], error: .combined)
print("the jail, before and after it mounts:\n\(inside.standardOutput)", terminator: "")
print("the host, after:\n\(hostShell(show))", terminator: "")

// The closed box may not, as user 0 either.
var closed = Sandbox()
closed.filesystem.mounts.append(.directory(at: "/mnt"))
closed.credentials.user = 0
let refused = try await closed.run("/bin/sh", arguments: ["-c", mounting], error: .combined)
print("the closed box:\n  \(refused.standardOutput)", terminator: "")
