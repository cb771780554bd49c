// A small container runtime: every namespace, a root, no capabilities, limits, a filter, an init and a deadline, by one command line.
//
// Without an image it has the host's programs, read-only. It ends as the program did: with its status, or 128 and the number of the
// signal that ended it; with 124 where the time was up, and 125 where there was no jail. When it is killed, its jail ends with it.
import Glibc
import Sandbox

let usage = """
  usage: runtime [--image DIRECTORY] [--volume SOURCE:TARGET] [--network] [--hostname NAME] [--user ID]
                 [--memory SIZE] [--files COUNT] [--time SECONDS] -- PROGRAM [ARGUMENT ...]
  """

func fail(_ message: String) -> Never {
  let line = "runtime: \(message)\n"
  write(2, line, line.utf8.count)
  exit(125)
}

var sandbox = Sandbox()
var words = CommandLine.arguments.dropFirst()
while let option = words.popFirst(), option != "--" {
  if option == "--network" {
    sandbox.namespaces.network = .host(because: "--network was given")
    continue
  }
  guard let value = words.popFirst() else { fail(usage) }
  switch (option, UInt64(value), ByteCount(value), value.split(separator: ":").map(String.init)) {
  case ("--image", _, _, _):
    // Its own /proc, /dev and /tmp stand in place of the image's.
    let volumes = sandbox.filesystem.mounts.dropFirst(RootfsPolicy.standardMounts.count)
    sandbox.filesystem = .directory(value)
    sandbox.filesystem.mounts += volumes
  case ("--volume", _, _, let paths) where paths.count == 2:
    sandbox.filesystem.mounts.append(.bind(paths[0], at: paths[1], access: .readWrite))
  case ("--hostname", _, _, _): sandbox.namespaces.hostName = value
  case ("--user", let id?, _, _): sandbox.credentials.user = .number(UInt32(clamping: id))
  case ("--memory", _, let size?, _): sandbox.limits.addressSpace = .init(size.bytes)
  case ("--files", let count?, _, _): sandbox.limits.openFiles = .init(count)
  case ("--time", let seconds?, _, _): sandbox.deadline = .seconds(seconds)
  default: fail("\(option) \(value)?\n\(usage)")
  }
}
guard let program = words.popFirst() else { fail(usage) }

do throws(Sandbox.Error) {
  let command = Sandbox.Command(program, arguments: Array(words), input: .inherited, output: .inherited, error: .inherited)
  let outcome = try await sandbox.run(command)
  if case .timedOut = outcome.verdict { exit(124) }
  exit(Int32(outcome.terminationStatus?.shellStatus ?? 125))
} catch {
  fail("\(error)")
}
