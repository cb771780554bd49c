/// A file or directory of the host, with all that is mounted below it.
///
/// It is opened before the jail's root covers the host's, by open_tree(2) with `OPEN_TREE_CLONE | AT_RECURSIVE`, and attached by
/// move_mount(2). Symbolic links on the way to it are followed once, when the jail is planned, and then no more (openat2(2) with
/// `RESOLVE_NO_SYMLINKS`): who puts one there later leads nowhere. A link of somebody who owns neither what it leads to nor this
/// process is refused.
///
/// It is always `nosuid`, since no program inside gains anything by being run, and `nodev`: see ``Mount/device(_:at:because:)``.
public struct Bind: Hashable, Sendable {
  /// An absolute path on the host.
  public var source: String
  /// Whether the jail may write there.
  public var access: BindAccess
  /// Left out where the source does not exist when the jail is planned, or made.
  public var ifExists: Bool
  /// Whether programs in it may be executed; else `noexec`: execve(2) and mmap(2) with PROT_EXEC give EACCES or EPERM. (An
  /// interpreter can still read a script there.)
  public var allowsExecution: Bool
  /// What becomes of mounts that are made upon it, or on the host below its source, later.
  public var propagation: Propagation
  /// Whose files are shown as whose; `nil` means as they are, but for a writable one that root binds, whose owner's files are
  /// the payload's.
  public var idMap: BindIDMap?

  /// A bind of `source`, read-only unless said otherwise.
  public init(
    _ source: String, access: BindAccess = .readOnly, ifExists: Bool = false, allowsExecution: Bool = true,
    propagation: Propagation = .private, idMap: BindIDMap? = nil
  ) {
    self.source = source
    self.access = access
    self.ifExists = ifExists
    self.allowsExecution = allowsExecution
    self.propagation = propagation
    self.idMap = idMap
  }
}

/// What a jail may do with a part of the host.
public enum BindAccess: String, Hashable, Sendable, CaseIterable, Codable {
  /// Reading and executing; writing gives EROFS, below all of it.
  case readOnly
  /// Writing, too: what the jail writes there, the host sees. Set-user-ID bits are refused inside.
  case readWrite
}

/// Where mounts go that are made upon a bind: mount_namespaces(7).
public enum Propagation: String, Hashable, Sendable, CaseIterable, Codable {
  /// Nowhere, and none comes: what the host mounts below the source later, the jail does not see. `MS_PRIVATE`
  case `private`
  /// What the host mounts below the source later appears in the jail, with the options that the host gave it, also where the bind
  /// is read-only; nothing goes the other way. `MS_SLAVE`
  case slave
  /// Mount namespaces that are made inside the jail share it with the jail; the host does not. `MS_SHARED`, after `MS_PRIVATE`
  case shared
  /// Nowhere, and it cannot be bound elsewhere inside. `MS_UNBINDABLE`
  case unbindable
}

/// An idmapped mount: whose files are shown as whose (mount_setattr(2) with `MOUNT_ATTR_IDMAP`, Linux 5.12, and a file system that
/// has it). Files of anyone who is not named are nobody's (65534), and cannot be written. It takes root.
public struct BindIDMap: Hashable, Sendable {
  /// `count` ids from `source` on, as the file system has them, are those from `inside` on, as the jail sees them.
  public struct Range: Hashable, Sendable {
    /// The first id in the file system.
    public var source: UInt32
    /// The first id in the jail, which must have it.
    public var inside: UInt32
    /// How many.
    public var count: UInt32

    /// One id, or several in a row.
    public init(source: UInt32, inside: UInt32, count: UInt32 = 1) {
      self.source = source
      self.inside = inside
      self.count = count
    }
  }

  /// Of the users.
  public var users: [Range]
  /// Of the groups.
  public var groups: [Range]

  /// A map of users and groups.
  public init(users: [Range], groups: [Range]) {
    self.users = users
    self.groups = groups
  }
}
