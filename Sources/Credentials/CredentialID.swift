/// A user or a group: by its number, or by the name that the host's account files have for it.
///
/// ```swift
/// sandbox.credentials.user = 1000
/// sandbox.credentials.user = "www-data"
/// ```
public enum CredentialID: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, CustomStringConvertible {
  /// A uid or gid.
  case number(UInt32)
  /// A name in the host's /etc/passwd or /etc/group, looked up when a jail is planned. Accounts that only a name service has
  /// (LDAP, systemd) are not found: give their numbers.
  case name(String)

  /// A number, from a literal.
  public init(integerLiteral value: UInt32) { self = .number(value) }

  /// A name, from a literal.
  public init(stringLiteral value: String) { self = .name(value) }

  /// A number where the text is one, else a name: `33`, `www-data`.
  public init(parsing text: String) {
    if let number = UInt32(text) { self = .number(number) } else { self = .name(text) }
  }

  /// The number in decimal, or the name.
  public var description: String {
    switch self {
    case .number(let number): String(number)
    case .name(let name): name
    }
  }

  /// The number; nil where no account has the name.
  package func number(in accounts: [String: UInt32]) -> UInt32? {
    switch self {
    case .number(let number): number
    case .name(let name): accounts[name]
    }
  }
}

extension CredentialID: Codable {
  /// Reads a number or a name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let name = try? container.decode(String.self) {
      self = .name(name)
    } else {
      self = .number(try container.decode(UInt32.self))
    }
  }

  /// Writes a number or a name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .name(let name): try container.encode(name)
    }
  }
}
