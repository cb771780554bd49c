// A shell in its own pid namespace: it sees the jail's processes, and so it can signal no others.
import HostShell
import Sandbox

// A process of the host, with the same user as this one.
let victim = hostShell("sleep 60 > /dev/null & echo $!").split(separator: "\n")[0]
let show = """
  echo "  $(readlink /proc/self/ns/pid), a shell with the number $$ and the parent $PPID"
  kill -0 \(victim) 2> /dev/null && echo "  process \(victim) is there" || echo "  process \(victim) is not there"
  """

print("the host, before:\n\(hostShell(show))", terminator: "")
let script = """
  \(show)
  sleep 600 &
  for process in /proc/[0-9]*; do read -r name < $process/comm; echo "  it sees ${process#/proc/}, $name"; done
  kill -KILL -1
  wait $! 2> /dev/null
  echo "  it kills everyone that it may: its own child ended with status $?"
  """
print("the jail:\n\(try await Sandbox().run("/bin/bash", arguments: ["-c", script]).standardOutput)", terminator: "")
print("the host, after:\n\(hostShell(show))", terminator: "")
_ = hostShell("kill \(victim)")
