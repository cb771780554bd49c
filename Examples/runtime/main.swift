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

/// What lies in an image, read-only. Its links stay links, since followed from out here they could lead to the host's own files.
func root(of image: String) -> [Mount] {
  guard access("\(image)/.", X_OK) == 0 else { fail("\(image): \(String(cString: strerror(errno)))") }
  let parts = ["bin", "etc", "home", "lib", "lib64", "opt", "root", "sbin", "srv", "usr", "var"].map { name in
    var link = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("\(image)/\(name)", &link, link.count)
    guard length >= 0 else { return Mount.bind("\(image)/\(name)", at: "/\(name)", ifExists: true) }
    return Mount.symlink(at: "/\(name)", to: String(decoding: link[..<length], as: UTF8.self))
  }
  return parts + [.proc, .devices, .tmpfs(at: "/tmp")]
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
    sandbox.filesystem.mounts = root(of: value) + sandbox.filesystem.mounts.dropFirst(RootfsPolicy.standardMounts.count)
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
