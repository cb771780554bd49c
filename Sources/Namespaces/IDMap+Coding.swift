internal import SandboxPlanning

extension IDMap: Codable {
  /// `"payload"`, `"subordinate"`, or a list of `{"inside": 0, "outside": 100000, "count": 65536}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let word = try? container.decode(String.self) else {
      self = .mappings(try container.decode([IDMapping].self))
      return
    }
    switch word {
    case "payload": self = .payload
    case "subordinate": self = .subordinate
    default:
      let nearest = nearestName(to: word, among: ["payload", "subordinate"]).map { "; did you mean \"\($0)\"?" } ?? ""
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "\"\(word)\" is neither \"payload\" nor \"subordinate\" nor a list of mappings\(nearest)"))
    }
  }

  /// As ``init(from:)`` reads it.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .payload: try container.encode("payload")
    case .subordinate: try container.encode("subordinate")
    case .mappings(let mappings): try container.encode(mappings)
    }
  }
}

extension IDMapping: Codable {
  /// `{"inside": 0, "outside": 100000, "count": 65536}`; a count of 1 may be left out.
  public init(from decoder: any Decoder) throws {
    let coded = try CodedMapping(from: decoder)
    guard let inside = coded.inside, let outside = coded.outside else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "it needs \"inside\" and \"outside\""))
    }
    self.init(inside: inside, outside: outside, count: coded.count)
  }

  /// As ``init(from:)`` reads it.
  public func encode(to encoder: any Encoder) throws {
    try CodedMapping(inside: inside, outside: outside, count: count).encode(to: encoder)
  }
}

private struct CodedMapping: TableCodable {
  var inside, outside: UInt32?
  var count: UInt32 = 1

  static var codedDefault: CodedMapping { CodedMapping() }
  static var fields: [CodedField<CodedMapping>] {
    [CodedField("inside", \.inside), CodedField("outside", \.outside), CodedField("count", \.count)]
  }
}
