/// What planning needs to know of the host's files; a value, so that a plan can be tested without the host.
package struct HostFiles: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case file, directory, other(String)
    case symlink(to: String)
  }

  /// What is known of a path: itself, not followed; and whose it is.
  package struct Entry: Hashable, Sendable {
    package var kind: Kind
    package var uid: UInt32
    package var gid: UInt32
    /// Whether the calling process may write it.
    package var isWritable: Bool
    /// The path without symbolic links, where the one that was asked for has some.
    package var real: String?
    /// The user who made a link on the way to what is another's.
    package var misledBy: UInt32?

    package init(
      _ kind: Kind, uid: UInt32 = 0, gid: UInt32 = 0, isWritable: Bool = false, real: String? = nil, misledBy: UInt32? = nil
    ) {
      self.real = real
      self.misledBy = misledBy
      self.kind = kind
      self.uid = uid
      self.gid = gid
      self.isWritable = isWritable
    }
  }

  /// The entries by path, links not followed; what is not among them does not exist.
  package var entries: [String: Entry]

  /// What the programs of the policy need, by their paths.
  package var programs: [String: ProgramClosure] = [:]

  /// The sources of the policy's binds, with the links on the way followed.
  package var followed: [String: Entry] = [:]

  /// Where the policy's mounts stand, by their order; empty where nobody has looked.
  package var ways: [TargetWay] = []

  package init(_ entries: [String: Entry]) { self.entries = entries }

  /// What a bind's source leads to.
  package func source(_ path: String) -> Entry? { followed[path] ?? entries[path] }

  /// Whether that is a directory; of the system's own, which are not followed, one that is a link is (/bin, since /usr was merged).
  func isDirectory(_ source: String) -> Bool {
    switch self.source(source)?.kind {
    case .directory: true
    case .symlink: Self.systemPaths.contains(source)
    case .file, .other, nil: false
    }
  }

  package subscript(path: String) -> Entry? { entries[path] }

  /// What the symbolic ``Mount/hostSystem`` asks about.
  package static let systemPaths =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] + systemFiles + ["/etc/localtime"]

  /// The same, by their names.
  static let systemNames = systemPaths.map { (path: $0, names: $0.split(separator: "/")) }

  /// resolv.conf(5), for jails whose network is not their own.
  package static let nameServers = "/etc/resolv.conf"

  /// The harmless parts of /etc: how programs find libraries, alternatives and certificates, but not the keys beside them,
  /// which an ordinary user's groups may open.
  package static let systemFiles = [
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates", "/etc/pki/ca-trust/extracted", "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/openssl.cnf", "/etc/crypto-policies", "/etc/mime.types", "/etc/protocols", "/etc/services", "/etc/shells",
  ]
}
