import Sandbox
import SandboxPlanning

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What `doctor` prints.
struct DoctorText {
  /// Whether there are colours: on a terminal, unless NO_COLOR says otherwise (no-color.org).
  enum Colors {
    case on, off

    static var current: Colors {
      let refuses = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
      let isDumb = getenv("TERM").map { strcmp($0, "dumb") == 0 } ?? true
      return isatty(1) == 1 && !refuses && !isDumb ? .on : .off
    }
  }

  private enum Color: String {
    case red = "31", green = "32", yellow = "33", dim = "2", bold = "1"
  }

  private let report: Sandbox.Host.Report
  private let colors: Colors

  init(_ report: Sandbox.Host.Report, colors: Colors) {
    self.report = report
    self.colors = colors
  }

  var lines: String {
    var lines = [surroundings, ""]
    var told: Set<String> = []
    for finding in report.findings {
      var line = "\(mark(of: finding)) \(finding.title)\(finding.isNeeded ? "" : paint(" (for policies that ask for it)", .dim))"
      if case .untried(let name) = finding.verdict { line += paint(": not tried, since it builds on \(name)", .dim) }
      lines.append(line)
      switch finding.verdict {
      case .allowed, .untried: break
      case .refused(let error):
        // One lack keeps several parts from working.
        guard told.insert(error.description).inserted else {
          lines.append("         for the same reason")
          break
        }
        lines += error.description.split(separator: "\n").map { "         \($0.trimmingSpaces)" }
        if let cause = error.cause { lines.append("         cause: \(cause.title)") }
      }
    }
    lines += report.gaps.map { "\(paint("  gap  ", .yellow)) \($0)" }
    lines += ["", verdict, ""]
    return lines.joined(separator: "\n")
  }

  private var surroundings: String {
    var parts = ["Linux \(report.kernel)", "uid \(report.uid)"]
    if let profile = report.profile { parts.append("AppArmor profile \"\(profile.printable)\"") }
    if report.isFiltered { parts.append("below a system call filter") }
    return parts.joined(separator: ", ")
  }

  private var verdict: String {
    report.allowsClosedBox
      ? paint("A closed box can be made here.", .green, .bold) : paint("No closed box can be made here.", .red, .bold)
  }

  private func mark(of finding: Sandbox.Host.Report.Finding) -> String {
    switch finding.verdict {
    case .allowed: paint("  ok   ", .green)
    case .refused: finding.isNeeded ? paint("  no   ", .red) : paint("  no   ", .yellow)
    case .untried: paint("  ?    ", .yellow)
    }
  }

  private func paint(_ text: String, _ styles: Color...) -> String {
    guard colors == .on else { return text }
    return "\u{1b}[\(styles.map(\.rawValue).joined(separator: ";"))m\(text)\u{1b}[0m"
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring { drop { $0 == " " } }
}

extension HostCause {
  fileprivate var title: String {
    switch self {
    case .sysctl: "a sysctl"
    case .limit: "a limit is reached"
    case .securityModule: "a security module"
    case .coveredProc: "a /proc that is covered in part"
    case .missingProc: "no usable /proc"
    case .missingCapability: "a capability that this process lacks"
    case .kernel: "the kernel lacks it"
    case .filter: "a system call filter above this process"
    case .chroot: "this process lives in a chroot"
    }
  }
}
