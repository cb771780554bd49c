// A shell in its own network namespace: a loopback and nothing else; what listens there answers the jail, and not the host.
import HostShell
import Sandbox

let port = 47_113
let show = """
  echo "  $(readlink /proc/self/ns/net), interfaces: $(sed -n 's/^ *\\([^ ]*\\):.*/\\1/p' /proc/net/dev | tr '\\n' ' ')"
  bash -c ': < /dev/tcp/127.0.0.1/\(port)' 2> /dev/null && echo "  port \(port) answers" || echo "  port \(port): nobody listens"
  """
let server = Sandbox.Command(
  "/usr/bin/python3",
  arguments: [
    "-c", "import socket, time; s = socket.create_server(('127.0.0.1', \(port))); print('listens', flush=True); time.sleep(600)",
  ],
  output: .sequence)

func showWithServer(in sandbox: Sandbox) async throws {
  let process = try await sandbox.spawn(server)
  for try await _ in process.standardOutput! { break }
  // A further program of the same jail.
  print("the jail, where a server listens:\n\(try await process.run(.init("/bin/sh", arguments: ["-c", show])).standardOutput)")
  print("the host, meanwhile:\n\(hostShell(show))")
  await process.kill()
}

print("the host, before:\n\(hostShell(show))")
var sandbox = Sandbox()
try await showWithServer(in: sandbox)
print("the host, after:\n\(hostShell(show))")

// The control: in the host's network everyone is reached.
sandbox.namespaces.network = .host(because: "to show the difference")
print("--- with the host's network ---\n")
try await showWithServer(in: sandbox)
