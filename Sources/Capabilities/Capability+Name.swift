internal import SandboxPlanning

/// Why a text names no capability.
public struct UnknownCapability: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text.
  public let name: String
  /// What it was probably meant to be.
  public let nearest: String?

  init(_ name: String) {
    self.name = name
    let bare = name.lowercased().hasPrefix("cap_") ? String(name.dropFirst(4)) : name
    nearest = nearestName(to: bare, among: Capability.table.map(\.name)).map { "cap_\($0)" }
  }

  /// `"net_rw" is no capability; did you mean "cap_net_raw"?`
  public var description: String {
    "\"\(name)\" is no capability" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
  }
}

extension Capability {
  /// The capability of a name: `net_raw`, `cap_net_raw` or `CAP_NET_RAW`; or of a number, `13`, below 64.
  public init(named name: String) throws(UnknownCapability) {
    let lower = name.lowercased()
    let bare = lower.hasPrefix("cap_") ? String(lower.dropFirst(4)) : lower
    if let row = Self.table.first(where: { $0.name == bare }) {
      self = row.capability
    } else if let number = UInt8(name), number < 64, name.allSatisfy(\.isNumber) {
      self.init(rawValue: number)
    } else {
      throw UnknownCapability(name)
    }
  }

  /// OCI's name, `CAP_NET_RAW`; the number where it has none.
  public var ociName: String { isKnown ? "CAP_\(name.uppercased())" : name }

  var isKnown: Bool { Self.table.contains { $0.capability == self } }
}

extension Capability: CustomStringConvertible {
  /// The name of libcap, capsh and setpriv, `cap_net_raw`; the number where it has none.
  public var description: String { isKnown ? "cap_\(name)" : name }
}

extension Capability: Codable {
  /// Reads `"CAP_NET_RAW"`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(named: try container.decode(String.self))
    } catch let error as UnknownCapability {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes `"CAP_NET_RAW"`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(ociName)
  }
}
