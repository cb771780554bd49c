internal import SandboxPlanning

/// What the kernel does and does not do with capabilities on its own: the securebits of a thread.
///
/// - SeeAlso: capabilities(7), `PR_SET_SECUREBITS` of prctl(2)
public struct SecureBits: OptionSet, Hashable, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt32

  /// The kernel's bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// uid 0 gives no capabilities when a program is executed: `SECBIT_NOROOT`.
  public static let noRoot = SecureBits(rawValue: 1 << 0)
  /// ``noRoot`` can no longer be changed.
  public static let noRootLocked = SecureBits(rawValue: 1 << 1)
  /// A change of uid from or to 0 changes no capabilities: `SECBIT_NO_SETUID_FIXUP`.
  public static let noSetuidFixup = SecureBits(rawValue: 1 << 2)
  /// ``noSetuidFixup`` can no longer be changed.
  public static let noSetuidFixupLocked = SecureBits(rawValue: 1 << 3)
  /// Giving up uid 0 keeps the permitted set: `SECBIT_KEEP_CAPS`. execve(2) clears it.
  public static let keepCaps = SecureBits(rawValue: 1 << 4)
  /// ``keepCaps`` can no longer be changed.
  public static let keepCapsLocked = SecureBits(rawValue: 1 << 5)
  /// Nothing can be added to the ambient set: `SECBIT_NO_CAP_AMBIENT_RAISE` (Linux 4.3).
  public static let noAmbientRaise = SecureBits(rawValue: 1 << 6)
  /// ``noAmbientRaise`` can no longer be changed.
  public static let noAmbientRaiseLocked = SecureBits(rawValue: 1 << 7)

  /// uid 0 means nothing, a change of uid gives nothing, nothing can be kept or raised; all of it locked.
  public static let locked: SecureBits = [
    .noRoot, .noRootLocked, .noSetuidFixup, .noSetuidFixupLocked, .keepCapsLocked, .noAmbientRaise, .noAmbientRaiseLocked,
  ]

  /// The same, but that a program may ask to keep what it has through a change of uid, as ping(8) does before it uses
  /// `CAP_NET_RAW`. It can keep nothing that it has not.
  public static let lockedButKeepCaps: SecureBits = locked.subtracting(.keepCapsLocked)

  /// The names of setpriv(1), by bit.
  static let table: [(name: String, bit: SecureBits)] = [
    ("noroot", .noRoot), ("noroot_locked", .noRootLocked), ("no_setuid_fixup", .noSetuidFixup),
    ("no_setuid_fixup_locked", .noSetuidFixupLocked), ("keep_caps", .keepCaps), ("keep_caps_locked", .keepCapsLocked),
    ("no_cap_ambient_raise", .noAmbientRaise), ("no_cap_ambient_raise_locked", .noAmbientRaiseLocked),
  ]
}

extension SecureBits: Codable {
  /// The bit of a name, `noroot_locked`, as setpriv(1) has it; nil where it is none.
  public init?(named name: String) {
    guard let row = Self.table.first(where: { $0.name == name }) else { return nil }
    self = row.bit
  }

  /// The names of the bits that are set, by bit.
  public var names: [String] { Self.table.filter { contains($0.bit) }.map(\.name) }

  /// Every name.
  public static var allNames: [String] { table.map(\.name) }

  /// Reads `["noroot", "noroot_locked"]`; an unknown name is an error that names the nearest right one.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    var bits: SecureBits = []
    for name in try container.decode([String].self) {
      guard let bit = SecureBits(named: name) else {
        let nearest = nearestName(to: name, among: Self.allNames).map { "; did you mean \"\($0)\"?" } ?? ""
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(name)\" is no securebit\(nearest)")
      }
      bits.insert(bit)
    }
    self = bits
  }

  /// Writes the names, by bit.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(names)
  }
}
