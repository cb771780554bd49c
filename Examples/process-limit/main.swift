// A hundred processes, stopped by RLIMIT_NPROC; and why that is a limit of a user and not of a group of processes.
import Sandbox

let program = """
  import os, sys, time
  started = 0
  try:
      while started < 100:
          if os.fork() == 0: time.sleep(600)
          started += 1
      print(started, "processes")
  except OSError as error:
      print(started, "processes, then:", os.strerror(error.errno))
  sys.stdout.flush()
  """
let once = ["-c", program]
let staying = ["-c", program + "\ntime.sleep(600)"]

var sandbox = Sandbox()
print("without a limit:  ", try await sandbox.run("/usr/bin/python3", arguments: once).standardOutput, terminator: "")

sandbox.limits.processes = 20
print("a limit of 20:    ", try await sandbox.run("/usr/bin/python3", arguments: once).standardOutput, terminator: "")

// The kernel counts the processes of a *user*, in a user namespace (and before Linux 5.14 on the whole machine). A jail of its own
// launcher has a namespace of its own; the jails of a prepared sandbox share one, and so one count.
let prepared = try await sandbox.prepare()
let first = try await prepared.spawn(.init("/usr/bin/python3", arguments: staying, output: .sequence))
for try await bytes in first.standardOutput! {
  print("the first of two: ", String(decoding: bytes, as: UTF8.self), terminator: "")
  break
}
let second = try await prepared.run("/bin/sh", arguments: ["-c", "true & wait; echo started"])
print("its neighbour:    ", second.isSuccess ? second.standardOutput : "cannot start one process", terminator: "\n")
await first.kill()
let after = try await prepared.run("/bin/sh", arguments: ["-c", "true & wait; echo started one"])
print("once it has ended:", after.standardOutput, terminator: "")
await prepared.end()
