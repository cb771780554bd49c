// What reads bytes that somebody else wrote, for libFuzzer: `SANDBOX_FUZZ_READER` says which. An answer that is wrong ends the process,
// as a trap of Swift's and a finding of AddressSanitizer do.
import Glibc
import StrictJSON

@testable import Rootfs
@testable import Sandbox
@testable import SandboxPlanning

private enum Reader: String {
  /// A policy's JSON: read, planned, written and read again.
  case policy
  /// What a jail's init wrote into the memory that it shares with the host.
  case report
  /// A program's file, whose loader and libraries are looked for.
  case program
  /// ldconfig's cache.
  case cache
  /// What has a mistake that only coverage leads to: the lane's control.
  case control

  static let chosen: Reader = {
    let name = getenv("SANDBOX_FUZZ_READER").map { String(cString: $0) } ?? ""
    guard let reader = Reader(rawValue: name) else { fatalError("SANDBOX_FUZZ_READER: no reader is called \"\(name)\"") }
    return reader
  }()

  func read(_ bytes: [UInt8]) {
    switch self {
    case .policy: readPolicy(bytes)
    case .report: readReport(bytes)
    case .program: readProgram(bytes)
    case .cache: _ = LoaderCache(bytes)["libc.so.6"]
    case .control: readWithAMistake(bytes)
    }
  }
}

/// Two hosts that are no machine: planning asks none.
private let hosts = [true, false].map { isRoot in
  Sandbox.Host(
    uid: isRoot ? 0 : 1234, gid: isRoot ? 0 : 1234, isPrivileged: isRoot, opensTrees: isRoot,
    payloadUser: isRoot ? 0x7000_0001 : 1234, payloadGroup: isRoot ? 0x7000_0001 : 1234,
    files: HostFiles(["/usr": .init(.directory), "/bin": .init(.symlink(to: "usr/bin")), "/etc/localtime": .init(.file)]))
}

private let command = Sandbox.Command("/bin/true")

private func readPolicy(_ bytes: [UInt8]) {
  do throws(StrictJSON.Failure) {
    let sandbox = try StrictJSON.decode(Sandbox.self, from: bytes)
    guard let written = try? StrictJSON.encode(sandbox), let again = try? StrictJSON.decode(Sandbox.self, from: written),
      again == sandbox
    else { fatalError("what was read cannot be written, or is read as something else then") }
    for host in hosts {
      do throws(Sandbox.Error) {
        _ = try sandbox.plan(for: command, on: host).encoded()
      } catch {
        precondition(!error.problems.isEmpty && error.problems.allSatisfy { !$0.message.isEmpty }, "an error without words")
      }
    }
  } catch {
    precondition(!error.message.isEmpty, "an error without words")
  }
}

private let plan = Result { try Sandbox().plan(for: command, on: hosts[0]) }

private func readReport(_ bytes: [UInt8]) {
  guard let plan = try? plan.get() else { fatalError("the closed box has no plan: \(plan)") }
  guard let report = Report(bytes, stepCount: plan.steps.count) else { return }
  precondition(!Sandbox.error(report, in: plan, on: hosts[0]).description.isEmpty)
}

/// In the working directory, which is the run's own.
private let file = (descriptor: open("program.input", O_RDWR | O_CREAT | O_CLOEXEC, 0o600), path: absolute("program.input"))

private func absolute(_ name: String) -> String {
  guard let directory = getcwd(nil, 0) else { fatalError("getcwd: \(errno)") }
  return String(cString: directory) + "/" + name
}

private let loaderCache = LoaderCache()

private func readProgram(_ bytes: [UInt8]) {
  guard ftruncate(file.descriptor, 0) == 0, pwrite(file.descriptor, bytes, bytes.count, 0) == bytes.count else {
    fatalError("\(file.path): \(errno)")
  }
  let closure = ProgramClosure(of: file.path, cache: loaderCache)
  precondition(closure.problem?.isEmpty != true)
}

private func readWithAMistake(_ bytes: [UInt8]) {
  if bytes.count > 3, bytes[0] == 0x6a {
    if bytes[1] == 0x61 {
      if bytes[2] == 0x69 { _ = bytes[Int(bytes[3]) * 1000] }
    }
  }
}

/// libFuzzer's own main loop, which takes its options from the arguments.
@_silgen_name("LLVMFuzzerRunDriver")
private func fuzz(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@main
private enum Readers {
  static func main() {
    var count = CommandLine.argc, arguments = CommandLine.unsafeArgv
    exit(
      fuzz(&count, &arguments) { data, count in
        Reader.chosen.read(Array(UnsafeBufferPointer(start: data, count: count)))
        return 0
      })
  }
}
