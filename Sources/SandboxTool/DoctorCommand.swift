import ArgumentParser
import Sandbox
import StrictJSON

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Shows what this host allows, part by part, and what helps where it does not.",
    discussion: """
      Each part is tried in a child or a jail that ends at once. Nothing is changed, and nothing is left.

      Exit status: 0 where a closed box can be made, 1 where it cannot.
      """)

  @Flag(name: .customLong("json"), help: "As JSON.")
  var asJSON = false

  @Option(
    name: .customLong("jailer"),
    help: .init("The jailer in a file, where no memfd may be executed: see \"sandbox help jailer\".", valueName: "file"))
  var jailerFile: String?

  /// The exit status.
  func perform() async -> Int32 {
    do {
      if let jailerFile { try Sandbox.Jailer.use(fileAt: jailerFile) }
      let report = try await Sandbox.Host.report()
      let text = asJSON ? try StrictJSON.encode(DoctorReport(report)) : Array(DoctorText(report, colors: .current).lines.utf8)
      try HostFile.write(text, to: 1)
      return report.allowsClosedBox ? 0 : 1
    } catch {
      complain((error as? Sandbox.Error)?.prefixed ?? "sandbox: \((error as? ToolFailure)?.message ?? "\(error)")")
      return ToolStatus.failed
    }
  }
}

/// What `doctor --json` writes.
private struct DoctorReport: Encodable {
  struct Finding: Encodable {
    let name, title: String
    let needed: Bool
    let verdict: String
    let because: String?
    let error: ToolReport.Failure?
  }

  let closedBox: Bool
  let kernel: String
  let uid: UInt32
  let profile: String?
  let filtered: Bool
  let findings: [Finding]
  let gaps: [ToolReport.Note]

  init(_ report: Sandbox.Host.Report) {
    closedBox = report.allowsClosedBox
    kernel = report.kernel
    uid = report.uid
    profile = report.profile
    filtered = report.isFiltered
    gaps = report.gaps.map(ToolReport.Note.init)
    findings = report.findings.map { finding in
      let (verdict, because, error): (String, String?, Sandbox.Error?) =
        switch finding.verdict {
        case .allowed: ("allowed", nil, nil)
        case .refused(let error): ("refused", nil, error)
        case .untried(let name): ("untried", name, nil)
        }
      return Finding(
        name: finding.name, title: finding.title, needed: finding.isNeeded, verdict: verdict, because: because,
        error: error.map(ToolReport.Failure.init))
    }
  }
}
