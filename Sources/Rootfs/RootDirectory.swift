/// What the root of a jail is made of.
public enum RootDirectory: Hashable, Sendable {
  /// A new tmpfs with nothing in it but what the mounts put there; read-only when it is done.
  case new
  /// A directory of the host, which holds a root file system: read-only, or written through to the host. Mounts stand at places
  /// that are there; nothing is made in it.
  case directory(Bind)
}

/// How the jail's processes get their root.
public enum RootChange: String, Hashable, Sendable, CaseIterable, Codable {
  /// pivot_root(2): nothing of the host's mounts is left in the jail's mount namespace.
  case pivotRoot
  /// chroot(2), for hosts whose own root cannot be pivoted (an initial ramfs). The host's root stays mounted below the
  /// jail's, which covers it: ".." and joined namespaces lead to the jail's, but only a jail without capabilities is kept from
  /// taking it away.
  case chroot
}
