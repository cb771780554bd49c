import ArgumentParser
import Sandbox
import SandboxKernel
import SandboxPlanning

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The command-line tool.
struct SandboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract: "Runs programs in a closed box: no network, a read-only system, no capabilities, a system call filter.",
    discussion: """
      Works as root and as an ordinary user, and leaves nothing behind.

        sandbox run -- python3 -c 'print(6 * 7)'
        sandbox run --bind-rw ~/project:/work --chdir /work --deadline 60s -- make test
        sandbox explain -- python3
        sandbox doctor
      """,
    version: "0.1.0",
    subcommands: [RunCommand.self, ExecCommand.self, ExplainCommand.self, DoctorCommand.self, JailerCommand.self])

  /// A subcommand that is named first is parsed by itself, without the tree around it. What is wrong, help and the version are
  /// told by the whole, which then parses all of it.
  static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    if let name = arguments.first,
      let subcommand = configuration.subcommands.first(where: { $0.configuration.commandName == name }),
      let command = try? subcommand.parseAsRoot(Array(arguments.dropFirst())), type(of: command) == subcommand
    {
      return command
    }
    return try parseAsRoot(arguments)
  }
}

/// Exit statuses that are the tool's own; any other is the payload's.
enum ToolStatus {
  static let timedOut: Int32 = 124
  /// The jail could not be set up, or the command line or the policy is wrong.
  static let failed: Int32 = 125
  static let notExecutable: Int32 = 126
  static let notFound: Int32 = 127

  static func of(_ error: Sandbox.Error) -> Int32 {
    switch error.kind {
    case .notFound: notFound
    case .notExecutable: notExecutable
    default: failed
    }
  }
}

/// Standard error, which is where the tool speaks: standard output is the payload's. It may be a terminal, and the text may have
/// a stranger's words in it.
func complain(_ text: String) {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
  let line = lines.joined(separator: "\n") + (text.hasSuffix("\n") ? "" : "\n")
  line.withCString { text in
    // There is nowhere left to say that this failed.
    _ = write(2, text, strlen(text))
  }
}

@main
enum Main {
  /// Not asynchronous: where an asynchronous main waits, Dispatch ends the first thread, and in a static executable the C
  /// library then sorts all of its unwinding tables, which takes longer than the rest of a start.
  static func main() {
    openStandardStreams()
    // Swift reads them from /proc: without one, every command line would look like a call for help.
    guard !CommandLine.arguments.isEmpty else {
      complain(
        """
        sandbox: the command line cannot be read: open("/proc/self/cmdline")
          hint: the host needs a /proc: mount -t proc proc /proc
        """)
      exit(ToolStatus.failed)
    }
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let plain = ProgramRun(plain: arguments) {
      Task.detached { exit(await plain.perform()) }
      SignalForwarding.waitForSignals()
    }
    do {
      var command = try SandboxCommand.parsed(arguments)
      switch command {
      case let run as RunCommand:
        Task.detached { exit(await run.perform()) }
        SignalForwarding.waitForSignals()
      case let doctor as DoctorCommand:
        Task.detached { exit(await doctor.perform()) }
        SignalForwarding.waitForSignals()
      case let exec as ExecCommand: exit(exec.perform())
      case let explain as ExplainCommand: exit(try explain.perform())
      default: try command.run()
      }
    } catch let error as Sandbox.Error {
      complain(error.prefixed)
      exit(ToolStatus.of(error))
    } catch let error as ToolFailure {
      complain("sandbox: \(error.message)")
      exit(ToolStatus.failed)
    } catch {
      // Help and version are "errors" with a status of 0.
      let message = SandboxCommand.fullMessage(for: error)
      if SandboxCommand.exitCode(for: error).isSuccess {
        print(message)
        exit(0)
      }
      complain(message)
      exit(ToolStatus.failed)
    }
  }
}

/// Where the caller has closed a standard stream, its number would go to the next file that is opened, and what is written
/// to the stream into that file. It is empty instead.
private func openStandardStreams() {
  // From the lowest on, since open(2) takes the lowest number that is free.
  for number: CInt in 0...2 where fcntl(number, F_GETFD) == -1 {
    guard open("/dev/null", number == 0 ? O_RDONLY : O_WRONLY) == number else { exit(ToolStatus.failed) }
  }
}

/// Something that is wrong with what the user asked of the tool.
struct ToolFailure: Error {
  let message: String
  init(_ message: String) { self.message = message.printable }
}

extension Sandbox.Error {
  /// With the tool's name before each problem.
  var prefixed: String {
    description.split(separator: "\n").map { $0.hasPrefix("  hint: ") ? String($0) : "sandbox: \($0)" }.joined(separator: "\n")
  }
}
