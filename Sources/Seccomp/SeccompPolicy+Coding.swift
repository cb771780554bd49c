internal import SandboxPlanning

extension SeccompPolicy: Codable {
  /// `"standard"`, or `{"off": "the reason"}`.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "standard" else {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "\"\(word)\" is neither \"standard\" nor {\"off\": \"the reason\"}"))
      }
      self = .standard
      return
    }
    let container = try decoder.container(keyedBy: CodedKey.self)
    self = .off(because: try container.decode(String.self, forKey: container.onlyKey(of: ["off"])))
  }

  /// The same form.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .standard:
      var container = encoder.singleValueContainer()
      try container.encode("standard")
    case .off(let reason):
      var container = encoder.container(keyedBy: CodedKey.self)
      try container.encode(reason, forKey: CodedKey("off"))
    }
  }
}
