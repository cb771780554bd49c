/// A type whose coded form is one table: a name and a property a row.
///
/// An absent key means the default. A key that no row knows is an error that names the nearest right one. What has its
/// default value is left out, so that the default itself is `{}`.
package protocol TableCodable: Codable {
  static var codedDefault: Self { get }
  static var fields: [CodedField<Self>] { get }
}

/// A row of such a table.
package struct CodedField<Root> {
  package let name: String
  let decode: (inout Root, KeyedDecodingContainer<CodedKey>) throws -> Void
  let encode: (Root, Root, inout KeyedEncodingContainer<CodedKey>) throws -> Void

  /// - Parameter always: writes the key also where the value is the default.
  package init<Value: Codable & Equatable>(
    _ name: String, _ property: WritableKeyPath<Root, Value>, always: Bool = false
  ) {
    self.name = name
    self.decode = { root, container in
      root[keyPath: property] = try container.decode(Value.self, forKey: CodedKey(name))
    }
    self.encode = { root, standard, container in
      if always || root[keyPath: property] != standard[keyPath: property] {
        try container.encode(root[keyPath: property], forKey: CodedKey(name))
      }
    }
  }

  /// A property whose coded form is another type's.
  package init<Value: Equatable, Coded: Codable>(
    _ name: String, _ property: WritableKeyPath<Root, Value>, always: Bool = false,
    to: @escaping (Value) -> Coded, from: @escaping (Coded) throws -> Value
  ) {
    self.name = name
    self.decode = { root, container in
      let key = CodedKey(name)
      let coded = try container.decode(Coded.self, forKey: key)
      do {
        root[keyPath: property] = try from(coded)
      } catch let error as CodedValueError {
        throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: error.message)
      }
    }
    self.encode = { root, standard, container in
      if always || root[keyPath: property] != standard[keyPath: property] {
        try container.encode(to(root[keyPath: property]), forKey: CodedKey(name))
      }
    }
  }
}

/// A value that cannot be read; the table adds where it stands.
package struct CodedValueError: Error {
  package let message: String
  package init(_ message: String) { self.message = message }
}

/// A key by its name.
package struct CodedKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }
  package init(_ name: String) { stringValue = name }
  package init?(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }
}

extension TableCodable {
  /// The default, changed by the keys that are there; an unknown key is an error.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodedKey.self)
    try container.refuseUnknownKeys(known: Self.fields.map(\.name))
    self = Self.codedDefault
    for field in Self.fields where container.contains(CodedKey(field.name)) { try field.decode(&self, container) }
  }

  /// An object of what differs from the default.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodedKey.self)
    let standard = Self.codedDefault
    for field in Self.fields { try field.encode(self, standard, &container) }
  }
}

extension KeyedDecodingContainer where Key == CodedKey {
  package func refuseUnknownKeys(known: [String]) throws {
    for key in allKeys where !known.contains(key.stringValue) {
      let nearest = nearestName(to: key.stringValue, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
      let list = known.sorted().joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "unknown key \"\(key.stringValue)\"\(nearest) (known: \(list))")
    }
  }

  /// The one key of an object that stands for a case of an enumeration.
  package func onlyKey(of known: [String]) throws -> CodedKey {
    try refuseUnknownKeys(known: known)
    guard let key = allKeys.first, allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath, debugDescription: "exactly one of \(known.sorted().joined(separator: ", ")) is needed"))
    }
    return key
  }
}
