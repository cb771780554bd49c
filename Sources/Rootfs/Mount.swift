public import SandboxPlanning

/// Something that stands in a jail's root: a part of the host, or something made for the jail.
///
/// Mounts are made in the order of ``RootfsPolicy/mounts``; a later one may lie below an earlier one.
public struct Mount: Hashable, Sendable {
  /// What it is.
  public enum Kind: Hashable, Sendable {
    /// The host's programs and libraries, read-only, and the parts of /etc that any program needs; what is there is looked
    /// up when the jail is planned. Accounts, hosts and the name service's configuration are synthetic.
    case hostSystem
    /// A file or directory of the host, with all that is mounted below it.
    case bind(source: String, access: BindAccess, ifExists: Bool)
    /// A new, empty file system in memory.
    case tmpfs(size: ByteCount, inodes: UInt64, mode: UInt32)
    /// The jail's own processes: proc(5). What tells about the host is masked or read-only.
    case proc
    /// null, zero, full, random, urandom, tty, pts, shm, and the links that programs expect.
    case devices
    /// A symbolic link.
    case symlink(to: String)
    /// An empty directory.
    case directory(mode: UInt32)
    /// A file with this content.
    case file(contents: [UInt8], mode: UInt32)
  }

  /// What stands there.
  public var kind: Kind
  /// Where it stands: an absolute path in the jail.
  public var target: String

  /// A thing of any kind; ``bind(_:at:access:ifExists:)`` and its like are shorter.
  public init(_ kind: Kind, at target: String) {
    self.kind = kind
    self.target = target
  }
}

/// What a jail may do with a part of the host.
public enum BindAccess: String, Hashable, Sendable, CaseIterable, Codable {
  /// Reading and executing; writing gives EROFS, below all of it.
  case readOnly
  /// Writing, too: what the jail writes there, the host sees. Set-user-ID bits are refused inside.
  case readWrite
}

extension Mount {
  /// The host's programs and libraries, read-only, and the harmless parts of /etc.
  public static let hostSystem = Mount(.hostSystem, at: "/")

  /// A part of the host, at the same path inside.
  public static func bind(_ source: String, access: BindAccess = .readOnly, ifExists: Bool = false) -> Mount {
    Mount(.bind(source: source, access: access, ifExists: ifExists), at: source)
  }

  /// A part of the host, at another path inside.
  public static func bind(
    _ source: String, at target: String, access: BindAccess = .readOnly, ifExists: Bool = false
  ) -> Mount {
    Mount(.bind(source: source, access: access, ifExists: ifExists), at: target)
  }

  /// A new, empty file system in memory, of at most `size` bytes in at most `inodes` files.
  public static func tmpfs(
    at target: String, size: ByteCount = .mebibytes(64), inodes: UInt64 = 16_384, mode: UInt32 = 0o1777
  ) -> Mount {
    Mount(.tmpfs(size: size, inodes: inodes, mode: mode), at: target)
  }

  /// The jail's own /proc.
  public static let proc = Mount(.proc, at: "/proc")

  /// A minimal /dev.
  public static let devices = Mount(.devices, at: "/dev")

  /// A symbolic link at `target` that points to `destination`.
  public static func symlink(at target: String, to destination: String) -> Mount {
    Mount(.symlink(to: destination), at: target)
  }

  /// An empty directory.
  public static func directory(at target: String, mode: UInt32 = 0o755) -> Mount {
    Mount(.directory(mode: mode), at: target)
  }

  /// A file with this content.
  public static func file(at target: String, contents: [UInt8], mode: UInt32 = 0o644) -> Mount {
    Mount(.file(contents: contents, mode: mode), at: target)
  }

  /// A file with this text.
  public static func file(at target: String, text: String, mode: UInt32 = 0o644) -> Mount {
    file(at: target, contents: Array(text.utf8), mode: mode)
  }
}
