package import SandboxPlanning

extension NamespacePolicy: TableCodable {
  package static var codedDefault: NamespacePolicy { NamespacePolicy() }

  package static var fields: [CodedField<NamespacePolicy>] {
    all.map { CodedField($0.kind.rawValue, $0.property) } + [
      CodedField("hostName", \.hostName), CodedField("domainName", \.domainName), CodedField("clockOffsets", \.clockOffsets),
      CodedField("sysctls", \.sysctls), CodedField("users", \.users), CodedField("groups", \.groups),
    ]
  }
}

extension NamespacePolicy.Sharing: Codable {
  /// `"own"`, `{"host": "the reason"}`, or `{"existing": {"at": "/run/netns/blue", "because": "the reason"}}`.
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
    let key = try container.onlyKey(of: ["host", "existing"])
    guard key.stringValue == "existing" else {
      self = .host(because: try container.decode(String.self, forKey: key))
      return
    }
    let existing = try container.decode(CodedExisting.self, forKey: key)
    guard let path = existing.at, let reason = existing.because else {
      throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "it needs \"at\" and \"because\"")
    }
    self = .existing(at: path, because: reason)
  }

  /// As ``init(from:)`` reads it.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .own:
      var container = encoder.singleValueContainer()
      try container.encode("own")
    case .host(let reason):
      var container = encoder.container(keyedBy: CodedKey.self)
      try container.encode(reason, forKey: CodedKey("host"))
    case .existing(let path, let reason):
      var container = encoder.container(keyedBy: CodedKey.self)
      try container.encode(CodedExisting(at: path, because: reason), forKey: CodedKey("existing"))
    }
  }
}

private struct CodedExisting: TableCodable {
  var at: String?
  var because: String?

  static var codedDefault: CodedExisting { CodedExisting() }
  static var fields: [CodedField<CodedExisting>] { [CodedField("at", \.at), CodedField("because", \.because)] }
}
