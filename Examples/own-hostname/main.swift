// A shell in its own uts namespace: the name that it has is the jail's, and so is the one that it gives itself.
import HostShell
import Sandbox

let show = "echo \"$(uname -n), $(readlink /proc/self/ns/uts)\""

var sandbox = Sandbox()
sandbox.namespaces.hostName = "jail"
// To change a name takes CAP_SYS_ADMIN in the namespace's own user namespace, and the filter refuses it to everyone.
sandbox.capabilities = .keeping([.sysAdmin], because: "it names its host")
sandbox.filter = .off(because: "it names its host")

print("the host, before: ", hostShell(show), terminator: "")
let inside = try await sandbox.run("/bin/sh", arguments: ["-c", "\(show); hostname renamed; \(show)"])
print("the jail:         ", inside.standardOutput.split(separator: "\n").joined(separator: "\n                   "))
print("the host, after:  ", hostShell(show), terminator: "")

// The closed box has the name as well, and cannot change it.
var closed = Sandbox()
closed.namespaces.hostName = "jail"
let refused = try await closed.run("/bin/sh", arguments: ["-c", "uname -n; hostname renamed"], error: .combined)
print("the closed box:   ", refused.standardOutput.split(separator: "\n").joined(separator: ", then: "))
