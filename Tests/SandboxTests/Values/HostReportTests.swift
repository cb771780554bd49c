import Glibc
import Testing

@testable import Sandbox

@Suite("The host's report") struct HostReportTests {
  @Test func `it finds that everything is allowed here`() async throws {
    let report = try await Sandbox.Host.report()
    for finding in report.findings { #expect(finding.verdict == .allowed, "\(finding.name)") }
    #expect(report.allowsClosedBox)
    #expect(report.uid == geteuid() && !report.kernel.isEmpty)
    #expect(Set(report.findings.map(\.name)).count == report.findings.count)
    #expect(Set(report.findings.map(\.name)).isSuperset(of: Namespace.allCases.map { "namespaces.\($0.rawValue)" }))
  }

  @Test func `it leaves nothing`() async throws {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox.Host.report()
      let before = try await Leftovers.settled()
      _ = try await Sandbox.Host.report()
      try await Leftovers.expect(before)
    }
  }

  @Test func `it can be cancelled`() async throws {
    let task = Task { try await Sandbox.Host.report() }
    task.cancel()
    await #expect(throws: Sandbox.Error.self) { try await task.value }
  }

  @Test func `what is refused is told with its cause`() async throws {
    // A limit of this process is the easiest lack to make; it needs a process of its own.
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      _ = try await Sandbox.Host.report()  // what is made once
      let open = (0..<1024).count { fcntl(CInt($0), F_GETFD) >= 0 }
      limit.rlim_cur = rlim_t(open + 3)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let report = try await Sandbox.Host.report()
      precondition(!report.allowsClosedBox)
      let refused = report.findings.compactMap { finding -> Sandbox.Error? in
        if case .refused(let error) = finding.verdict { error } else { nil }
      }
      precondition(refused.contains { $0.cause == .limit && $0.errno == 24 }, "\(report)")
    }
  }

  @Test func `the program that is tried is one`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("probe", "", mode: 0o755)
    let file = open(path, O_WRONLY | O_CLOEXEC)
    #expect(write(file, ProbeProgram.bytes, ProbeProgram.bytes.count) == ProbeProgram.bytes.count)
    close(file)
    #expect(try Unjailed.run(path, []).status == 0)
  }
}
