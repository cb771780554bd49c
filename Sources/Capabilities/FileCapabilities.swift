/// The capabilities that a program's file gives to who executes it: the extended attribute `security.capability`.
///
/// A program that is executed with set-user-ID programs forbidden gets none of them: in a jail, always, since its mounts are
/// nosuid and no_new_privs is set.
///
/// - SeeAlso: capabilities(7), "File capabilities"
public struct FileCapabilities: Hashable, Sendable {
  /// What the process gets, within its bounding set.
  public var permitted: CapabilitySet
  /// What the process keeps of its own inheritable set.
  public var inheritable: CapabilitySet
  /// Whether what it gets is effective at once; one bit for all.
  public var isEffective: Bool
  /// The uid of the root of the user namespace in which they count, as the reader's namespace numbers it (version 3, Linux 4.14);
  /// nil for those that count where the file system was mounted.
  public var rootUser: UInt32?

  /// A file's capabilities.
  public init(permitted: CapabilitySet, inheritable: CapabilitySet = .none, isEffective: Bool, rootUser: UInt32? = nil) {
    self.permitted = permitted
    self.inheritable = inheritable
    self.isEffective = isEffective
    self.rootUser = rootUser
  }

  /// Reads setcap(8)'s text, `cap_net_raw=ep`.
  ///
  /// - Throws: also where some of them would be effective, and others not: a file has one bit for all.
  public init(parsing text: String, rootUser: UInt32? = nil) throws(CapabilityTextError) {
    let sets = try ProcessCapabilities(parsing: text)
    let all = sets.permitted.union(sets.inheritable)
    guard sets.effective.isEmpty || sets.effective == all else {
      throw CapabilityTextError("\"\(text)\": of a file's capabilities all are effective, or none: write e for each or for none")
    }
    self.init(
      permitted: sets.permitted, inheritable: sets.inheritable, isEffective: !sets.effective.isEmpty, rootUser: rootUser)
  }
}

extension FileCapabilities: CustomStringConvertible {
  /// As getcap(8) writes it: `cap_net_raw=ep`.
  public var description: String {
    let text = ProcessCapabilities(
      effective: isEffective ? permitted.union(inheritable) : .none, permitted: permitted, inheritable: inheritable
    ).description
    return text + (rootUser.map { " [rootid=\($0)]" } ?? "")
  }
}

extension FileCapabilities {
  private static let effectiveFlag: UInt32 = 1
  private static let revisions: [(revision: UInt32, words: Int)] = [(0x0100_0000, 3), (0x0200_0000, 5), (0x0300_0000, 6)]

  /// The attribute's value: 20 bytes (version 2), or 24 with a root (version 3), little-endian on every processor
  /// (`struct vfs_ns_cap_data`).
  public var attribute: [UInt8] {
    let revision = Self.revisions[rootUser == nil ? 1 : 2].revision
    var words = [revision | (isEffective ? Self.effectiveFlag : 0)]
    for half in [UInt64(0), 32] {
      words += [permitted, inheritable].map { UInt32(truncatingIfNeeded: $0.mask >> half) }
    }
    if let rootUser { words.append(rootUser) }
    return words.flatMap { word in [word, word >> 8, word >> 16, word >> 24].map { UInt8(truncatingIfNeeded: $0) } }
  }

  /// Reads the attribute's value, of versions 1 to 3; nil where it is none.
  public init?(attribute bytes: [UInt8]) {
    guard bytes.count % 4 == 0 else { return nil }
    let words = stride(from: 0, to: bytes.count, by: 4).map { at -> UInt32 in
      var word: UInt32 = 0
      for byte in bytes[at..<at + 4].reversed() { word = word << 8 | UInt32(byte) }
      return word
    }
    guard let magic = words.first,
      Self.revisions.contains(where: { $0.revision == magic & 0xff00_0000 && $0.words == words.count }),
      magic & 0x00ff_ffff & ~Self.effectiveFlag == 0
    else { return nil }
    func mask(_ low: Int) -> CapabilitySet {
      CapabilitySet(mask: UInt64(words[low]) | (words.count > 3 ? UInt64(words[low + 2]) << 32 : 0))
    }
    self.init(
      permitted: mask(1), inheritable: mask(2), isEffective: magic & Self.effectiveFlag != 0,
      rootUser: words.count == 6 ? words[5] : nil)
  }
}
