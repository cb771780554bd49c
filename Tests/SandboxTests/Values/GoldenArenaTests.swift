import Capabilities
import Glibc
import Rootfs
import Seccomp
import SandboxPlanning
import Testing

@testable import Sandbox

/// Arenas for aarch64, which the lane of that name carries out there: what they are is written down here, and what they are in bytes
/// in Tests/Aarch64/arenas. `SANDBOX_WRITE_ARENAS=1` writes them anew.
@Suite("Golden arenas", .enabled(if: JailerSource.isHere, "the sources are not here; the lane that builds them runs this"))
struct GoldenArenaTests {
  /// What a program sees is told in expected.txt of that folder.
  static let script = """
    grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)' /proc/self/status; uname -nm; echo $$; ls / /proc/self/fd; ls -A /tmp
    cat /etc/shadow; touch /usr/file; echo 1 >/proc/sys/kernel/panic; unshare -U true; unshare -m true; ls /sys
    ulimit -c; echo written >/tmp/file && cat /tmp/file; exit 7
    """

  static var arenas: [(name: String, plan: () throws -> Plan)] {
    let shell = { Sandbox.Command("/bin/bash", arguments: ["-c", $0]) }
    let closed = shell(Self.script)
    var small = Sandbox()
    small.limits.openFiles = 4
    // What was there when it was planned.
    var missing = Sandbox()
    missing.filesystem.mounts.append(.bind("/no/such/directory"))
    var host = PlanTests.root
    host.files.entries["/no/such/directory"] = .init(.directory)
    return [
      ("closed-box", { try Sandbox().plan(for: closed, on: PlanTests.root) }),
      ("killed", { try Sandbox().plan(for: shell("kill -9 $$"), on: PlanTests.root) }),
      ("few-files", { [small] in try small.plan(for: shell("exec 7</dev/null"), on: PlanTests.root) }),
      ("missing", { [missing, host] in try missing.plan(for: shell("true"), on: host) }),
      ("no-program", { try Sandbox().plan(for: .init("/bin/no-such-program"), on: PlanTests.root) }),
      ("launcher", { try Sandbox().launcherPlan(on: PlanTests.root, networkAhead: true) }),
      ("jail", { try Sandbox().jailPlan(for: closed, on: PlanTests.root, networkAhead: true) }),
      ("foreign", { try Sandbox().plan(for: closed, on: PlanTests.root) }),
      ("enter", { try entry(root: nil) }),
      ("enter-root", { try entry(root: "/usr") }),
    ]
  }

  /// A worker's, of two threads.
  private static func entry(root: String?) throws -> Plan {
    let sandbox = Sandbox.worker(root: root, user: 20077)
    let root = Sandbox.EntryState(
      hasProc: true, threads: 2, user: 0, group: 0, groups: [], effective: .all, permitted: .all, inheritable: .none,
      bounding: .all, ambient: .none, secureBits: [], noNewPrivileges: false, isFiltered: false, umask: 0o22, hasEntered: false)
    var plan = Plan()
    let steps = try sandbox.entrySteps(keeping: .standardStreams, in: root, on: nil, accounts: HostAccounts()) { plan.newSlot() }
    plan.add(steps, in: Sandbox.entryOrder)
    return plan
  }

  /// The same with the filters of a processor; all else is the same for both.
  private static func plan(_ plan: Plan, for architecture: Architecture) throws -> Plan {
    let payload = try SeccompPolicy.standard.operations(at: "filter", writableBinds: false, architecture: architecture)
    let initial = try SeccompPolicy.initOperations(at: "filter", architecture: architecture)
    var other = Plan(passed: plan.passed)
    other.slotCount = plan.slotCount
    var filtered: Set<Stage> = []
    for step in plan.steps {
      switch step.operation {
      case .loadFilter, .synchronizeFilter:
        guard filtered.insert(step.stage).inserted else { continue }
        for planned in step.stage == .initProcess ? initial : payload {
          guard case .loadFilter(let words) = planned.operation else { continue }
          other.add(step.stage, step.stage == .enter ? .synchronizeFilter(words) : .loadFilter(words), from: step.origin)
        }
      default: other.add(step.stage, step.operation, from: step.origin)
      }
    }
    return other
  }

  private static func path(_ name: String) -> String { "\(JailerSource.package)/Tests/Aarch64/arenas/\(name).arena" }

  @Test(arguments: arenas.map(\.name)) func `are what the encoder makes today`(_ name: String) throws {
    let plan = try #require(Self.arenas.first { $0.name == name }).plan()
    let bytes = try Self.plan(plan, for: name == "foreign" ? .x86_64 : .aarch64).encodedBytes
    if getenv("SANDBOX_WRITE_ARENAS") != nil {
      let file = try #require(fopen(Self.path(name), "wb"))
      #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
      #expect(fclose(file) == 0)
    }
    let golden = try Text.bytes(of: Self.path(name))
    #expect(golden == bytes, "\(name): written anew by SANDBOX_WRITE_ARENAS=1 swift test --filter GoldenArenaTests")
    let own = try Self.plan(plan, for: .current)
    #expect(own == plan, "the control: on this processor nothing is another")
  }

  @Test func `are all that lies there`() throws {
    let names = Leftovers.names(in: "\(JailerSource.package)/Tests/Aarch64/arenas")
    #expect(names.sorted() == Self.arenas.map { "\($0.name).arena" }.sorted())
  }
}
