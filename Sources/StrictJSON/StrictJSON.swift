internal import FoundationEssentials

/// JSON text to values and back, strictly: a key that stands twice in an object is an error, and each error names the
/// place, as `filesystem.mounts[2].bind`.
package enum StrictJSON {
  /// What is wrong with a text, and where.
  package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// `filesystem.mounts[2]`, empty for the whole.
    package let path: String
    package let message: String

    package var description: String { path.isEmpty ? message : "\(path): \(message)" }
  }

  /// Reads a value.
  package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(Failure) -> Value {
    var scanner = JSONScanner(bytes)
    try scanner.scan()
    do {
      return try JSONDecoder().decode(Value.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw failure(error)
    } catch {
      throw Failure(path: "", message: "\(error)")
    }
  }

  /// Writes a value: indented, keys sorted, ending in a newline.
  package static func encode(_ value: some Encodable) throws(Failure) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return try Array(encoder.encode(value)) + [UInt8(ascii: "\n")]
    } catch {
      throw Failure(path: "", message: "\(error)")
    }
  }

  private static func failure(_ error: DecodingError) -> Failure {
    switch error {
    case .keyNotFound(let key, let context):
      Failure(path: path(context.codingPath), message: "the key \"\(key.stringValue)\" is missing")
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      Failure(path: path(context.codingPath), message: context.debugDescription)
    @unknown default: Failure(path: "", message: "\(error)")
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce(into: "") { path, key in
      if let index = key.intValue { path += "[\(index)]" } else { path += path.isEmpty ? key.stringValue : ".\(key.stringValue)" }
    }
  }
}
