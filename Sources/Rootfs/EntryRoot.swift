internal import SandboxPlanning

/// How a jail's root becomes another one.
public enum EntryRoot: Hashable, Sendable {
  /// A new root, built of ``RootfsPolicy/mounts``, in a mount namespace of its own: pivot_root(2).
  case pivotRoot
  /// `enter()`, and a jail that shares the host's mounts: an existing directory of the host becomes the root, by chdir(2), chroot(2) and chdir("/"). It takes
  /// CAP_SYS_CHROOT.
  ///
  /// chroot(2) is no wall for a process that can call it again, and none for root: the process becomes another user, and keeps no
  /// capability for it, or there is a reason. No directory stays open. What it does not protect against: processes outside that
  /// have the same user, who can be signalled; the network; and who can write the directory from outside.
  case chroot(to: String, because: String? = nil)
  /// `enter()`, and a jail that shares the host's mounts: the root stays what it is, for a reason, which reports show.
  case unchanged(because: String)
}

extension RootfsPolicy {
  /// A directory of the host as the root: for `enter()`, and a jail that shares the host's mounts.
  public static func chroot(to directory: String, because reason: String? = nil) -> RootfsPolicy {
    only(.chroot(to: directory, because: reason))
  }

  /// The root that there is, and its topmost directory as the working one: for `enter()`, and a jail that shares the host's
  /// mounts.
  public static func unchanged(because reason: String) -> RootfsPolicy { only(.unchanged(because: reason)) }

  private static func only(_ change: EntryRoot) -> RootfsPolicy {
    var policy = RootfsPolicy.empty
    policy.entryRoot = change
    return policy
  }
}

extension EntryRoot: Codable {
  /// `"pivotRoot"`, `{"chroot": {"to": "/srv/empty", "because": "…"}}`, or `{"unchanged": "the reason"}`.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "pivotRoot" else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "\"\(word)\" alone is no change of the root: \"pivotRoot\""))
      }
      self = .pivotRoot
      return
    }
    let container = try decoder.container(keyedBy: CodedKey.self)
    let key = try container.onlyKey(of: ["chroot", "unchanged"])
    guard key.stringValue == "chroot" else {
      self = .unchanged(because: try container.decode(String.self, forKey: key))
      return
    }
    let coded = try container.decode(CodedChroot.self, forKey: key)
    guard let directory = coded.to else {
      throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "it needs \"to\"")
    }
    self = .chroot(to: directory, because: coded.because)
  }

  /// As ``init(from:)`` reads it.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .pivotRoot:
      var container = encoder.singleValueContainer()
      try container.encode("pivotRoot")
    case .chroot(let directory, let reason):
      var container = encoder.container(keyedBy: CodedKey.self)
      try container.encode(CodedChroot(to: directory, because: reason), forKey: CodedKey("chroot"))
    case .unchanged(let reason):
      var container = encoder.container(keyedBy: CodedKey.self)
      try container.encode(reason, forKey: CodedKey("unchanged"))
    }
  }
}

private struct CodedChroot: TableCodable {
  var to: String?
  var because: String?

  static var codedDefault: CodedChroot { CodedChroot() }
  static var fields: [CodedField<CodedChroot>] { [CodedField("to", \.to), CodedField("because", \.because)] }
}
