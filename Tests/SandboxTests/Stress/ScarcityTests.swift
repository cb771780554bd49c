import Glibc
import Sandbox
import Testing

/// A host that has run out of something: each spawn works or says what is missing, and leaves nothing.
@Suite("Scarcity", .serialized) struct ScarcityTests {
  private static let noProcesses = __rlimit_resource_t(6)  // RLIMIT_NPROC, which Glibc does not name

  /// The soft limit for what is done meanwhile.
  static func with<Result>(_ kind: __rlimit_resource_t, of value: Int, _ body: () async -> Result) async -> Result {
    var limit = rlimit()
    getrlimit(kind, &limit)
    var lower = limit
    lower.rlim_cur = rlim_t(value)
    holds(setrlimit(kind, &lower) == 0)
    let result = await body()
    holds(setrlimit(kind, &limit) == 0)
    return result
  }

  static func attempt(_ body: () async throws -> Sandbox.Outcome) async -> Sandbox.Error? {
    do {
      let outcome = try await body()
      holds(outcome.isSuccess, "\(outcome.verdict), \(String(describing: outcome.terminationStatus)) \(outcome.standardError)")
      return nil
    } catch {
      holds(error is Sandbox.Error, "\(error)")
      return error as? Sandbox.Error
    }
  }

  @Test func `descriptors: whichever is the first that cannot be had, it is said`() throws {
    let probe = "\(SwiftPayload.buildDirectory)/StressProbe"
    var result = try Unjailed.run(probe, ["few-descriptors"])
    // libdispatch looks into /proc when it is behind with its work, and kills a program that has no descriptor left for that.
    for _ in 0..<20 where result.status & 0x7f == SIGILL { result = try Unjailed.run(probe, ["few-descriptors"]) }
    #expect(result.status == 0 && result.output.hasPrefix("ok"), "\(result.status) \(result.output)")
  }

  /// Root is not bound by this limit; whose tests run meanwhile has as many processes as those need, so that only the first attempt
  /// is certain to fail.
  @Test(.requires(.user)) func `processes: whichever is the first that cannot be had, it is said`() async throws {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      var first: Sandbox.Error?
      for limit in [1] + Array(2..<12) + [60] {
        let error = await ScarcityTests.with(ScarcityTests.noProcesses, of: limit) {
          await ScarcityTests.attempt { try await Sandbox().run("/bin/true") }
        }
        if limit == 1 { first = error }
        holds(error == nil || error?.errno == EAGAIN, "\(limit): \(String(describing: error))")
      }
      holds(first?.call == "clone3" && first?.description.contains("ulimit -u") == true, "\(String(describing: first))")
      holds(await ScarcityTests.attempt { try await Sandbox().run("/bin/true") } == nil, "the control")
      try await Leftovers.expect(before)
    }
  }

  @Test func `address space of the host: what the kernel does not give is said`() async throws {
    await #expect(processExitsWith: .success) {
      _ = try await Sandbox().run("/bin/true")
      let before = try await Leftovers.settled()
      // The library's own allocations have room; the maps that it shares with a jailer have none.
      var blocks: [UnsafeMutableRawPointer?] = (0..<4096).map { _ in malloc(1000) }
      for block in blocks.dropLast() { free(block) }
      let used = Int(try Text.of("/proc/self/statm").split(separator: " ")[0])! * Int(sysconf(Int32(_SC_PAGESIZE)))
      let error = await ScarcityTests.with(__rlimit_resource_t(RLIMIT_AS.rawValue), of: used) {
        await ScarcityTests.attempt { try await Sandbox().run("/bin/true") }
      }
      holds(error?.errno == ENOMEM && error?.call != nil, "\(String(describing: error))")
      holds(await ScarcityTests.attempt { try await Sandbox().run("/bin/true") } == nil, "the control")
      free(blocks.removeLast())
      try await Leftovers.expect(before)
    }
  }

  @Test func `a full tmpfs of the jail's`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.tmpfs(at: "/data", size: .kibibytes(4)))
    sandbox.filesystem.mounts.append(.file(at: "/data/much", contents: Array(repeating: 0x20, count: 100_000)))
    let index = sandbox.filesystem.mounts.count - 1
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(error?.errno == ENOSPC, "\(String(describing: error))")
    #expect(error?.problems.map(\.path.description) == ["filesystem.mounts[\(index)]"])
    sandbox.filesystem.mounts[index - 1] = .tmpfs(at: "/data", size: .kibibytes(200))
    #expect(try await sandbox.run("/bin/true").isSuccess, "the control")
  }

  /// In a user namespace of the test's own, whose limits are its.
  @Test(arguments: ["user", "pid", "net", "mnt", "uts", "ipc", "cgroup", "time"])
  func `a namespace of which there are enough`(_ kind: String) throws {
    func said(_ limit: String) throws -> [Substring] {
      let probe = "exec unshare -U --map-user=1000 --map-group=1000 '\(SwiftPayload.buildDirectory)/HostProbe'"
      let script = "echo \(limit) >/proc/sys/user/max_\(kind)_namespaces && \(probe)"
      let result = try Unjailed.run("/usr/bin/unshare", ["-Ur", "/bin/sh", "-c", script])
      #expect(result.status == 0)
      return result.output.split(separator: "\n")
    }
    // The probe is in a user namespace already.
    let short = try said(kind == "user" ? "1" : "0")
    #expect(short.contains("kind: setup") && short.contains("call: clone3") && short.contains("errno: 28"), "\(short)")
    #expect(short.contains { $0.hasPrefix("hint: ") && $0.contains("user.max_\(kind)_namespaces") })
    #expect(short.suffix(2) == ["descriptors left: ", "children left: false"])
    #expect(try said("1000") == ["output: ok", "output: ok", "descriptors left: ", "children left: false"], "the control")
  }

  @Test(.requires(.root)) func `a proc of the host's that is read-only`() throws {
    func said(_ how: String) throws -> [Substring] {
      let script = "mount -o remount,\(how),bind /proc && exec '\(SwiftPayload.buildDirectory)/HostProbe'"
      return try Unjailed.run("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script]).output.split(separator: "\n")
    }
    let short = try said("ro")
    #expect(short.contains("call: openat") && short.contains("errno: 30"), "\(short)")
    #expect(short.contains { $0.hasPrefix("hint: ") && $0.contains("mount -o remount,rw /proc") })
    #expect(short.suffix(2) == ["descriptors left: ", "children left: false"])
    #expect(try said("rw").first == "output: ok", "the control")
  }
}
