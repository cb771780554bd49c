package import SandboxPlanning

extension NamespacePolicy: TableCodable {
  package static var codedDefault: NamespacePolicy { NamespacePolicy() }

  package static var fields: [CodedField<NamespacePolicy>] {
    sharings.map { CodedField($0.kind.rawValue, $0.property) } + [
      CodedField("hostName", \.hostName), CodedField("domainName", \.domainName),
    ]
  }
}

extension NamespacePolicy.Sharing: Codable {
  /// `"own"`, or `{"host": "the reason"}`.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "own" else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "\"\(word)\" is neither \"own\" nor {\"host\": \"the reason\"}")
        )
      }
      self = .own
      return
    }
    let container = try decoder.container(keyedBy: CodedKey.self)
    self = .host(because: try container.decode(String.self, forKey: container.onlyKey(of: ["host"])))
  }

  /// `"own"`, or `{"host": "the reason"}`.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .own:
      var container = encoder.singleValueContainer()
      try container.encode("own")
    case .host(let reason):
      var container = encoder.container(keyedBy: CodedKey.self)
      try container.encode(reason, forKey: CodedKey("host"))
    }
  }
}
