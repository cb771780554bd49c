import Sandbox
import StrictJSON

/// A program to be run in a closed box, once the command line has been read.
struct ProgramRun: Sendable {
  let policy: @Sendable () throws -> Sandbox
  let program: @Sendable () throws -> Sandbox.Command
  var printsPolicy = false
  var reportFile: String?
  var jailerFile: String?

  /// The exit status.
  func perform() async -> Int32 {
    let report: ReportFile?
    do {
      if printsPolicy {
        try HostFile.write(try StrictJSON.encode(try policy()), to: 1)
        return 0
      }
      // Before anything runs: a report that cannot be written must not be noticed afterwards.
      report = try reportFile.map { try ReportFile($0) }
    } catch {
      complain((error as? Sandbox.Error)?.prefixed ?? "sandbox: \((error as? ToolFailure)?.message ?? "\(error)")")
      return ToolStatus.failed
    }
    do {
      let outcome = try await run()
      for (stream, count) in outcome.cut.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        let name = stream == .standardOutput ? "standard output" : "standard error"
        complain("sandbox: \(count) bytes of the program's \(name) are lost: nobody took them in time")
      }
      return try report?.write(ToolReport(outcome)) ?? ToolReport(outcome).exitStatus
    } catch let error as Sandbox.Error {
      complain(error.prefixed)
      do {
        return try report?.write(ToolReport(error)) ?? ToolStatus.of(error)
      } catch {
        complain("sandbox: \(error)")
        return ToolStatus.failed
      }
    } catch {
      complain("sandbox: \((error as? ToolFailure)?.message ?? "\(error)")")
      return ToolStatus.failed
    }
  }

  private func run() async throws -> Sandbox.Outcome {
    let sandbox = try policy()
    var command = try program()
    command.input = .inherited
    command.output = .inherited
    command.error = .inherited
    if let jailerFile { try Sandbox.Jailer.use(fileAt: jailerFile) }
    let process = try await SignalForwarding.spawn(command, in: sandbox)
    let terminal = command.terminal == nil ? nil : CallerTerminal.raw()
    defer { terminal?.restore() }
    return try await process.wait()
  }
}
