package import SandboxPlanning

extension RootfsPolicy: TableCodable {
  package static var codedDefault: RootfsPolicy { RootfsPolicy() }

  package static var fields: [CodedField<RootfsPolicy>] {
    [
      CodedField("root", \.root), CodedField("rootChange", \.rootChange), CodedField("mounts", \.mounts),
      CodedField("workingDirectory", \.workingDirectory), CodedField("entryRoot", \.entryRoot),
    ]
  }
}

/// `"new"`, or `{"directory": {"source": "/srv/root"}}` with the keys of a bind.
extension RootDirectory: Codable {
  /// Reads either form.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "new" else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "\"\(word)\" is no root: write \"new\" or {\"directory\": …}"))
      }
      self = .new
      return
    }
    let outer = try decoder.container(keyedBy: CodedKey.self)
    let key = try outer.onlyKey(of: ["directory"])
    self = .directory(try outer.decode(CodedBind.self, forKey: key).bind(key, in: outer, isPlaced: false))
  }

  /// Writes the one that it is.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .new:
      var container = encoder.singleValueContainer()
      try container.encode("new")
    case .directory(let bind):
      var outer = encoder.container(keyedBy: CodedKey.self)
      try outer.encode(CodedBind(bind), forKey: CodedKey("directory"))
    }
  }
}

/// `{"users": [{"source": 33, "inside": 1000}], "groups": […]}`.
extension BindIDMap: TableCodable {
  package static var codedDefault: BindIDMap { BindIDMap(users: [], groups: []) }
  package static var fields: [CodedField<BindIDMap>] { [CodedField("users", \.users), CodedField("groups", \.groups)] }
}

extension BindIDMap.Range: Codable {
  /// An object of `source`, `inside`, and `count` where that is not 1.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodedKey.self)
    try container.refuseUnknownKeys(known: ["source", "inside", "count"])
    self.init(
      source: try container.decode(UInt32.self, forKey: CodedKey("source")),
      inside: try container.decode(UInt32.self, forKey: CodedKey("inside")),
      count: try container.decodeIfPresent(UInt32.self, forKey: CodedKey("count")) ?? 1)
  }

  /// The same.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodedKey.self)
    try container.encode(source, forKey: CodedKey("source"))
    try container.encode(inside, forKey: CodedKey("inside"))
    if count != 1 { try container.encode(count, forKey: CodedKey("count")) }
  }
}
