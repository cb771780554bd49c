// A program run by another user with CAP_NET_RAW alone: ping works, on the loopback of the jail's own network, and chown does
// not: nothing that the program could name is anyone else's inside, so there is nobody to give a file to.
//
// The capability is ambient, so that a program gets it which has no file capabilities, run by a user who is not root. (The host's
// ping may have some; in a jail no file has.)
import Sandbox

let script = """
  echo "uid $(id -u), ambient $(grep ^CapAmb /proc/self/status | cut -f 2)"
  ping -c 1 -W 5 127.0.0.1 > /tmp/log 2>&1 && echo "ping works" || head -n 1 /tmp/log
  chown 1 /tmp/log 2>&1 && echo "chown works"
  """

var sandbox = Sandbox()
sandbox.credentials.user = 33
sandbox.capabilities = .keeping([.netRaw])
let outcome = try await sandbox.run("/bin/sh", arguments: ["-c", script])
print("with \(sandbox.capabilities.kept):\n\(outcome.standardOutput)")

// The control: the same user without it, and nothing else changed.
sandbox.capabilities.drop([.netRaw])
print("without:\n\(try await sandbox.run("/bin/sh", arguments: ["-c", script]).standardOutput)", terminator: "")
