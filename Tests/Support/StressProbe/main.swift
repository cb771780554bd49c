// Hosts of jails that fare badly, and who looks after what they leave: `StressProbe COMMAND ARGUMENT…`. It says `ok` with what it
// counted, or what went wrong, and its status is 1.
import CSyscalls
import Glibc
import Sandbox

// What it inherited by mistake is not what is looked for.
_ = csys_close_range(3, ~0, 0)

let arguments = CommandLine.arguments.dropFirst().map { $0 }

func number(_ index: Int) throws -> Int {
  guard arguments.indices.contains(index), let number = Int(arguments[index]), number > 0 else {
    throw Failure("argument \(index + 1) is a number from 1")
  }
  return number
}

do {
  switch arguments.first {
  // The host itself: HOW, and how many jails.
  case "host": try await Host(arguments[1], jails: number(2)).run()
  // How many hosts of which kind are killed, with how many jails.
  case "kill-hosts": print("ok", try killHosts(arguments[1], jails: number(2), times: number(3)))
  // Which part of a jail is killed, in how many, whether of a prepared sandbox.
  case "kill-parts":
    let prepared = arguments.last == "prepared"
    print("ok", try await killParts(arguments[1], ofPrepared: prepared, times: number(2)))
  // How many spawns one after the other, and how many at once, in a host that is busy with how many threads.
  case "load": print("ok", try await load(spawns: number(1), atOnce: number(2), threads: number(3)))
  case "few-descriptors": print("ok", try await spawnShortOfDescriptors())
  default: throw Failure("unknown command: \(arguments)")
  }
} catch {
  print("failed: \(error)")
  exit(1)
}
