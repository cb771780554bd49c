// A shell without capabilities: it is uid 0 inside, and that means nothing.
import Sandbox

let script = """
  echo "uid $(id -u)"
  grep ^Cap /proc/self/status
  python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print("a raw socket")' 2>&1 | tail -n 1
  """

var sandbox = Sandbox()
sandbox.credentials.user = 0
sandbox.credentials.group = 0
let closed = try await sandbox.run("/bin/sh", arguments: ["-c", script])
print("uid 0 without capabilities:\n\(closed.standardOutput)")

// The control: with the one that raw sockets need, and nothing else changed.
sandbox.capabilities = .keeping([.netRaw])
let open = try await sandbox.run("/bin/sh", arguments: ["-c", script])
print("uid 0 with \(sandbox.capabilities.kept):\n\(open.standardOutput)")
print("enforcement: \(open.enforcement)")
