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
    mounts.flatMap { mount -> [String] in
      switch mount.kind {
      case .hostSystem: HostFiles.systemPaths
      case .bind(let source, _, _): [source]
      default: []
      }
    }
  }
}
