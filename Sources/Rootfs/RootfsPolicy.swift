internal import SandboxPlanning

/// What a jail sees as its root directory.
///
/// It is built on a private tmpfs, by descriptors, in a mount namespace of its own, and is read-only but for what says
/// otherwise. Nothing of the host that is not named here is there at all.
public struct RootfsPolicy: Hashable, Sendable {
  /// What stands in the root, in order.
  public var mounts: [Mount]
  /// The payload's working directory.
  public var workingDirectory: String
  /// How the root becomes another one; what is built of ``mounts``, by pivot_root(2), unless it says otherwise.
  public var change: RootChange = .pivotRoot

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

  /// Whether the jail can write anything that the host can see.
  package var hasWritableBinds: Bool {
    mounts.contains { mount in
      if case .bind(_, .readWrite, _) = mount.kind { return true }
      return false
    }
  }

  /// The host paths that planning must know about.
  package var sources: [String] {
    mounts.indices.flatMap { index -> [String] in
      let below = writableBind(above: index).map { [$0.place] } ?? []
      return switch mounts[index].kind {
      case .hostSystem: HostFiles.systemPaths
      case .bind(let source, _, _): [source] + below
      default: below
      }
    }
  }

  /// The bind below which a mount's target lies and that the jail can write, with where on the host that is: what is missing
  /// there could only be made on the host.
  func writableBind(above index: Int) -> (index: Int, place: String)? {
    let names = mounts[index].target.split(separator: "/")
    guard mounts[index].kind != .hostSystem else { return nil }
    for (earlier, mount) in mounts[..<index].enumerated().reversed() {
      let above = mount.target.split(separator: "/")
      guard mount.kind != .hostSystem, names.count > above.count, names.starts(with: above) else { continue }
      guard case .bind(let source, .readWrite, _) = mount.kind else { return nil }
      return (earlier, source + "/" + names[above.count...].joined(separator: "/"))
    }
    return nil
  }
}
