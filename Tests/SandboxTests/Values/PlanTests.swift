import Rootfs
import SandboxPlanning
import StrictJSON
import Testing

@testable import Sandbox

/// Plans for a host that is written down here, so that no machine's files matter.
@Suite("Plans") struct PlanTests {
  static let files = HostFiles([
    "/usr": .init(.directory), "/bin": .init(.symlink(to: "usr/bin")), "/lib": .init(.symlink(to: "usr/lib")),
    "/etc/ld.so.cache": .init(.file), "/etc/localtime": .init(.symlink(to: "/usr/share/zoneinfo/UTC")),
    "/srv": .init(.directory, uid: 33, gid: 33, isWritable: true),
  ])
  static let root = Sandbox.Host(
    uid: 0, gid: 0, isPrivileged: true, opensTrees: true, payloadUser: 0x7000_0001, payloadGroup: 0x7000_0001, files: files)
  static let user = Sandbox.Host(
    uid: 1234, gid: 1234, supplementaryGroups: [4], isPrivileged: false, opensTrees: false, payloadUser: 1234,
    payloadGroup: 1234, files: files)

  private func lines(_ plan: Plan) -> [String] { plan.description.split(separator: "\n").map(String.init) }

  @Test func `the same policy gives the same plan, and another another`() throws {
    let command = Sandbox.Command("/bin/true")
    let plan = try Sandbox().plan(for: command, on: Self.root)
    #expect(try Sandbox().plan(for: command, on: Self.root) == plan)
    #expect(try Sandbox().plan(for: command, on: Self.user) != plan)
    var other = Sandbox()
    other.limits.openFiles = 17
    #expect(try other.plan(for: command, on: Self.root) != plan)
  }

  @Test func `a plan is printed a line a step, with the part of the policy it comes from`() throws {
    let plan = try Sandbox().plan(for: .init("/bin/true", arguments: ["x"]), on: Self.root)
    let lines = lines(plan)
    #expect(lines.count == plan.count)
    #expect(lines[0].hasPrefix("  0  launcher  raise-open-files "))
    #expect(lines[1].hasPrefix("  1  launcher  open-tree $5 = \"/usr\" recursive "))
    #expect(lines[1].hasSuffix("# filesystem.mounts[0]"))
    #expect(lines.contains { $0.contains("  jail      become uid 1000 gid 1000 no groups ") && $0.hasSuffix("# credentials") })
    #expect(lines.contains { $0.contains("execute /bin/true with \"/bin/true\" \"x\"") })
    #expect(lines.last?.contains("  init      load-filter ") == true)
  }

  @Test func `root opens sources before the jail is born, anyone else inside`() throws {
    func stage(_ host: Sandbox.Host) throws -> [Stage] {
      try Sandbox().plan(for: .init("/bin/true"), on: host).steps.filter { $0.operation.name == "open-tree" }.map(\.stage)
    }
    #expect(Set(try stage(Self.root)) == [.launcher])
    #expect(Set(try stage(Self.user)) == [.jail])
  }

  @Test func `a bind to be written is mapped for root, and direct for its owner`() throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind("/srv", access: .readWrite))
    let root = try sandbox.plan(for: .init("/bin/true"), on: Self.root)
    #expect(
      root.steps.contains { $0.operation == .makeIDNamespace(Slot(28), uidMap: "33 1879048193 1", gidMap: "33 1879048193 1") }
        || root.steps.contains {
          if case .makeIDNamespace(_, "33 1879048193 1", "33 1879048193 1") = $0.operation { true } else { false }
        })
    let user = try sandbox.plan(for: .init("/bin/true"), on: Self.user)
    #expect(!user.steps.contains { $0.operation.name == "make-id-namespace" })
  }

  @Test func `the order holds`() throws {
    var command = Sandbox.Command("/bin/true")
    command.terminal = .init()
    let names = try Sandbox().plan(for: command, on: Self.root).steps.map(\.operation.name)
    func comes(_ first: String, before second: String) -> Bool {
      guard let a = names.lastIndex(of: first), let b = names.firstIndex(of: second) else { return false }
      return a < b
    }
    for (first, second) in [
      ("open-tree", "clone-jail"), ("clone-jail", "become"), ("become", "forbid-dumping"), ("become", "make-file"),
      ("make-mounts-private", "attach-root"), ("attach", "enter-root"), ("write-sysctl", "make-read-only"),
      ("enter-root", "limit-bounding-set"), ("limit-bounding-set", "set-capabilities"),
      ("set-no-new-privileges", "start-payload"),
      ("start-payload", "install-descriptors"), ("new-session", "take-terminal"), ("install-descriptors", "set-resource-limit"),
      ("change-directory", "execute"),
    ] { #expect(comes(first, before: second), "\(first) before \(second)") }
    #expect(names.filter { $0 == "load-filter" }.count == 2, "the payload's, and the init's")
    #expect(names.lastIndex(of: "execute")! == names.count - 2, "the payload's filter is the last but its program")
    #expect(names[(names.count - 4)...] == ["change-directory", "load-filter", "execute", "load-filter"])
  }

  @Test func `every phase has its place`() {
    #expect(Set((Sandbox.order + Sandbox.entryOrder).map(\.phase)) == Set(Phase.allCases))
    for order in [Sandbox.order, Sandbox.entryOrder] { #expect(Set(order.map(\.phase)).count == order.count, "none twice") }
    #expect(Sandbox.order.map(\.stage) == Sandbox.order.map(\.stage).sorted())
  }

  @Test func `an ordinary user's groups are named, root's are not`() {
    #expect(Sandbox().enforcement(for: nil, on: Self.user).gaps.map(\.path.description) == ["credentials.groups"])
    #expect(Sandbox().enforcement(for: nil, on: Self.root).isComplete)
  }

  @Test func `root without the right to give ids is an error`() {
    let bare = Sandbox.Host(
      uid: 0, gid: 0, isPrivileged: false, opensTrees: true, payloadUser: 0, payloadGroup: 0, files: Self.files)
    let error = #expect(throws: Sandbox.Error.self) { try Sandbox().validate(for: .spawn, on: bare) }
    #expect(error?.problems.first?.message.contains("CAP_SETUID") == true)
  }

  @Test func `ids for payloads come from where no account is`() {
    let all: [Range<UInt64>] = [0..<4_294_967_295]
    #expect(Sandbox.PayloadIdentity.candidates(uids: all, gids: all) == 0x7000_0000..<0x7ff0_0000)
    let container: [Range<UInt64>] = [0..<65_536]
    #expect(Sandbox.PayloadIdentity.candidates(uids: container, gids: container) == 32_767..<65_534)
    #expect(Sandbox.PayloadIdentity.candidates(uids: [0..<1], gids: [0..<1]) == nil)
    #expect(Sandbox.PayloadIdentity.candidates(uids: [0..<65_536], gids: [0..<1]) == nil)
  }

  @Test func `a plan can be encoded and decoded`() throws {
    var command = Sandbox.Command("python3", arguments: ["-c", "x"])
    command.terminal = .init()
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [.file(at: "/f", text: "x"), .directory(at: "/d"), .bind("/srv", access: .readWrite)]
    for host in [Self.root, Self.user] {
      let plan = try sandbox.plan(for: command, on: host)
      let bytes = try StrictJSON.encode(plan)
      #expect(try StrictJSON.decode(Plan.self, from: bytes) == plan)
    }
  }
}
