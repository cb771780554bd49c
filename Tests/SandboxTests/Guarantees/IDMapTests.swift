import Glibc
import Testing

@testable import Sandbox
import StrictJSON

@Suite("Maps of users and groups") struct IDMapTests {
  private static let several: Sandbox = {
    var sandbox = Sandbox()
    sandbox.namespaces.users = .mappings([
      .init(inside: 0, outside: 1_879_000_000, count: 500), .init(inside: 1000, outside: 1_879_100_000),
    ])
    sandbox.namespaces.groups = .mappings([.init(inside: 0, outside: 1_879_000_000, count: 2000)])
    return sandbox
  }()

  @Test(.requires(.root)) func `root gives a jail several ids`() async throws {
    let look = "tr -s ' ' < /proc/self/uid_map; tr -s ' ' < /proc/self/gid_map; id -u; id -g"
    #expect(
      try await Jailed.shell(look, in: Self.several)
        == " 0 1879000000 500\n 1000 1879100000 1\n 0 1879000000 2000\n1000\n1000\n")
    // Prepared, too, and in a further program.
    let prepared = try await Self.several.prepare()
    let process = try await prepared.spawn(.init("/bin/sleep", arguments: ["600"]))
    let again = try await process.run(.init("/bin/sh", arguments: ["-c", look]))
    #expect(again.standardOutput.hasPrefix(" 0 1879000000 500\n 1000 1879100000 1\n"), "\(again.standardError)")
    // What the host sees.
    #expect(try Text.of("/proc/\(process.processIdentifier)/status").contains("Uid:\t1879100000\t"))
    await process.kill()
    await prepared.end()
  }

  @Test(.requires(.root)) func `which ids of the host a jail has, is said`() throws {
    let host = try Self.several.host()
    #expect(
      Self.several.enforcement(for: nil, on: host).openings.map(\.description) == [
        "namespaces.users: the jail has the host's users 1879000000 to 1879000499, 1879100000",
        "namespaces.groups: the jail has the host's groups 1879000000 to 1879001999",
      ])
    #expect(Sandbox().enforcement(for: nil, on: host).openings.isEmpty, "the control")
    // A supplementary group stands in the map once.
    var twice = Self.several
    twice.credentials.groups = [44]
    let error = #expect(throws: Sandbox.Error.self) { try twice.validate(for: .spawn) }
    #expect(error?.problems.map(\.path.description) == ["credentials.groups[0]"])
    twice.credentials.groups = [4000]
    try twice.validate(for: .spawn)
  }

  @Test(.requires(.root)) func `who keeps the right can become another of them, and none beside them`() async throws {
    var sandbox = Self.several
    sandbox.capabilities = .keeping([.setuid, .setgid, .chown])
    let program =
      Jailed.attempt + """
        open("/tmp/file", "w")
        print(attempt(lambda: os.chown("/tmp/file", 42, 43)), os.stat("/tmp/file").st_uid)
        print(attempt(lambda: os.chown("/tmp/file", 600, 43)))
        print(attempt(lambda: os.setresuid(7, 7, 7)), os.getuid())
        """
    #expect(try await Jailed.python(program, in: sandbox) == "ok 42\nEINVAL\nok 7\n")
    // The control: with one id there is no other.
    var single = Sandbox()
    single.capabilities = sandbox.capabilities
    #expect(try await Jailed.python(Jailed.attempt + "print(attempt(lambda: os.setresuid(7, 7, 7)))", in: single) == "EINVAL\n")
  }

  @Test(.requires(.root)) func `processes of another id end with the jail, and do not keep it`() async throws {
    var sandbox = Self.several
    sandbox.capabilities = .keeping([.setuid])
    sandbox.deadline = .seconds(60)
    let program = """
      import os, time
      if os.fork() == 0:
          os.setresuid(7, 7, 7)
          time.sleep(600)
      time.sleep(0.3)
      """
    let start = ContinuousClock.now
    let outcome = try await sandbox.run("/usr/bin/python3", arguments: ["-c", program])
    #expect(outcome.terminationStatus == .exited(0) && outcome.verdict == .finished)
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test func `an ordinary user's ids are its own and those of subuid`() throws {
    let context = IDMapContext(
      noun: "user", file: "/etc/subuid", inside: 1000, outside: 500, isPrivileged: false,
      subordinate: .init(ranges: [100_000..<165_536, 300_000..<300_010], helper: "/usr/bin/newuidmap"))
    #expect(
      IDMap.subordinate.resolved(in: context) == [
        .init(inside: 0, outside: 100_000, count: 1000), .init(inside: 1000, outside: 500),
        .init(inside: 1001, outside: 101_000, count: 64_536), .init(inside: 65_537, outside: 300_000, count: 10),
      ])
    #expect(IDMap.subordinate.problems(at: "p", in: context).isEmpty)
    #expect(IDMap.subordinate.takesHelper(in: context) && !IDMap.payload.takesHelper(in: context))
    #expect(IDMap.mappings([.init(inside: 900, outside: 100_000, count: 200)]).outside(in: context) == 100_100)
    #expect(
      SubordinateIDs.ranges(of: "a:1:2\nb:5:5\n500:9:1\nc\na:x:1\na:7:0\na:4294967295:9\n", names: ["a", "500"]) == [
        1..<3, 9..<10,
      ])
  }

  private static func problems(_ map: IDMap, isPrivileged: Bool = true, helper: String? = nil) -> [String] {
    map.problems(
      at: "users",
      in: IDMapContext(
        noun: "user", file: "/etc/subuid", inside: 1000, outside: 500, isPrivileged: isPrivileged,
        subordinate: .init(ranges: [100_000..<165_536], helper: helper))
    ).map { "\($0.path): \($0.message)" }
  }

  @Test func `mistakes are named, all at once`() {
    #expect(Self.problems(.mappings([])) == ["users: a map of no ids"])
    #expect(Self.problems(.mappings([.init(inside: 0, outside: 5)])) == ["users: the jail's user 1000 is not in the map"])
    #expect(
      Self.problems(
        .mappings([
          .init(inside: 990, outside: 5, count: 20), .init(inside: 1000, outside: 7, count: 0), .init(inside: 1005, outside: 24),
        ]))
        == [
          "users[1]: a line maps at least one id", "users[2]: it maps ids inside that line 0 maps",
          "users[2]: it maps ids of the host that line 0 maps",
        ])
    #expect(Self.problems(.mappings([.init(inside: 1000, outside: 0)])) == ["users[0]: it maps the host's root into the jail"])
    #expect(Self.problems(.mappings([.init(inside: 1000, outside: .max, count: 2)])) == ["users[0]: ids end at 4294967294"])
    #expect(
      Self.problems(.mappings([.init(inside: 0, outside: 4_294_967_000, count: 5000)])) == ["users[0]: ids end at 4294967294"])
    let many = (0..<341).map { IDMapping(inside: 1000 + $0 * 2, outside: 7000 + $0 * 2) }
    #expect(Self.problems(.mappings(many)).first?.contains("at most 340 lines") == true)
    #expect(
      Self.problems(.mappings([.init(inside: 1000, outside: 500), .init(inside: 0, outside: 9)]), isPrivileged: false) == [
        "users: an ordinary user's map of several ids is written by newuidmap(1), which is not there",
        "users[1]: the host's ids 9 to 9 are not this user's",
      ])
    #expect(
      Self.problems(.mappings([.init(inside: 1000, outside: 500)]), isPrivileged: false).isEmpty, "its own id takes no helper")
  }

  @Test func `in JSON they are words or lines`() throws {
    var sandbox = Sandbox()
    sandbox.namespaces.users = .subordinate
    sandbox.namespaces.groups = .mappings([.init(inside: 0, outside: 9, count: 3), .init(inside: 5, outside: 1)])
    let text = String(decoding: try StrictJSON.encode(sandbox), as: UTF8.self)
    #expect(try StrictJSON.decode(Sandbox.self, from: Array(text.utf8)) == sandbox)
    #expect(text.contains("\"users\" : \"subordinate\"") && !text.contains("\"count\" : 1"))
    let failure = #expect(throws: StrictJSON.Failure.self) {
      try StrictJSON.decode(Sandbox.self, from: Array(#"{"namespaces": {"users": "subordinat"}}"#.utf8))
    }
    #expect(failure?.description.contains("did you mean \"subordinate\"?") == true)
  }
}
