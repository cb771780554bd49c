internal import SandboxPlanning

extension ResourceLimitPolicy: Codable {
  /// A key a limit; `null` where it is not managed, an absent key where it has its default.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodedKey.self)
    try container.refuseUnknownKeys(known: ResourceLimit.allCases.map(\.name))
    self.init()
    for limit in ResourceLimit.allCases where container.contains(CodedKey(limit.name)) {
      self[limit] = try container.decodeIfPresent(ResourceLimitBounds.self, forKey: CodedKey(limit.name))
    }
  }

  /// An object of the limits that differ from the default policy's.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodedKey.self)
    let standard = ResourceLimitPolicy()
    for limit in ResourceLimit.allCases where self[limit] != standard[limit] {
      if let bounds = self[limit] {
        try container.encode(bounds, forKey: CodedKey(limit.name))
      } else {
        try container.encodeNil(forKey: CodedKey(limit.name))
      }
    }
  }
}
