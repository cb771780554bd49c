internal import SandboxPlanning

/// What a jail sees as its root directory.
///
/// It is built on a private tmpfs, by descriptors, in a mount namespace of its own, and is read-only but for what says
/// otherwise. Nothing of the host that is not named here is there at all.
public struct RootfsPolicy: Hashable, Sendable {
  /// What the root is made of.
  public var root = RootDirectory.new
  /// How the jail's processes get it.
  public var rootChange = RootChange.pivotRoot
  /// What stands in the root, in order.
  public var mounts: [Mount]
  /// The payload's working directory.
  public var workingDirectory: String
  /// How the root of a process that enters, or of a jail that shares the host's mounts, becomes another one.
  public var entryRoot: EntryRoot = .pivotRoot

  /// The host's system read-only, a /proc and /dev of its own, and an empty /tmp of 256 MiB and 65,536 files, in which the
  /// payload begins.
  public init() {
    mounts = Self.standardMounts
    workingDirectory = "/tmp"
  }

  /// The mounts of the closed box.
  public static let standardMounts: [Mount] = [
    .hostSystem, .proc, .devices, .tmpfs(at: "/tmp", size: .mebibytes(256), inodes: 65_536),
  ]

  /// An empty directory, read-only, and nothing else.
  public static let empty: RootfsPolicy = {
    var policy = RootfsPolicy()
    policy.mounts = []
    policy.workingDirectory = "/"
    return policy
  }()

  /// A directory of the host as root, with a /proc, a /dev and a /tmp of the jail's own, which it must have places for.
  public static func directory(_ source: String, access: BindAccess = .readOnly) -> RootfsPolicy {
    var policy = RootfsPolicy()
    policy.root = .directory(Bind(source, access: access))
    policy.mounts.removeAll { $0.kind == .hostSystem }
    policy.workingDirectory = "/"
    return policy
  }

  /// Every part of the host that the policy binds, with where in the policy.
  var binds: [(path: PolicyPath, bind: Bind)] {
    var binds: [(path: PolicyPath, bind: Bind)] = []
    if case .directory(let bind) = root { binds.append(("root", bind)) }
    for (index, mount) in mounts.enumerated() {
      if case .bind(let bind) = mount.kind { binds.append((PolicyPath("mounts").element(index), bind)) }
    }
    return binds
  }

  /// Whether the jail can write anything that the host can see.
  package var hasWritableBinds: Bool { binds.contains { $0.bind.access == .readWrite } }

  /// Where the jail's devpts is.
  package var terminals: String? { mounts.last { $0.kind == .devices }.map { "\($0.target)/pts" } }

  /// The programs of which planning must know what they need.
  package var programs: [String] { hasTooMany ? [] : mounts.filter { $0.kind == .program }.map(\.target) }

  /// The host paths that planning must know about, beside the system's.
  package var sources: [String] {
    if hasTooMany { return [] }
    var root: [String] = []
    if case .directory(let bind) = self.root { root = [bind.source] }
    return root
      + mounts.indices.flatMap { index -> [String] in
        let below = place(above: index).map { ["\($0.bind.source)/\($0.rest.joined(separator: "/"))"] } ?? []
        return switch mounts[index].kind {
        case .bind(let bind): [bind.source] + below
        case .device(let source, _): [source] + below
        default: below
        }
      }
  }

  /// The bind below which a mount's target lies and that the jail can write, with where on the host that is: what is missing
  /// there could only be made on the host.
  func writableBind(above index: Int) -> (path: PolicyPath, place: String)? {
    guard let (path, bind, rest) = bind(above: index), bind.access == .readWrite else { return nil }
    return (path, bind.source + "/" + rest.joined(separator: "/"))
  }

  /// The bind, or the root, that a mount's target lies in, with the names from there; nil where it lies in something else.
  func bind(above index: Int) -> (path: PolicyPath, bind: Bind, rest: ArraySlice<Substring>)? {
    guard mounts[index].kind != .hostSystem else { return nil }
    let names = mounts[index].names
    for (earlier, mount) in mounts[..<index].enumerated().reversed() {
      let above = mount.names
      guard mount.kind != .hostSystem, !mount.isCover, names.count > above.count, names.starts(with: above) else { continue }
      guard case .bind(let bind) = mount.kind else { return nil }
      return (PolicyPath("mounts").element(earlier), bind, names[above.count...])
    }
    guard case .directory(let bind) = root else { return nil }
    return ("root", bind, names[...])
  }

  /// As `bind(above:)`, and what ``Mount/hostSystem`` shows of the host is a bind of that.
  func place(above index: Int) -> (path: PolicyPath, bind: Bind, rest: ArraySlice<Substring>)? {
    if let bind = bind(above: index) { return bind }
    guard let system = mounts[..<index].firstIndex(where: { $0.kind == .hostSystem }) else { return nil }
    let names = mounts[index].names
    // Most lie in none.
    let shown = HostFiles.systemNames.first { names.count > $0.names.count && names.starts(with: $0.names) }
    guard let shown else { return nil }
    let others = mounts[..<index].filter { $0.kind != .hostSystem && !$0.isCover && !$0.isNode }
    if others.contains(where: { names.count > $0.names.count && names.starts(with: $0.names) }) { return nil }
    return (PolicyPath("mounts").element(system), Bind(shown.path), names[shown.names.count...])
  }
}
