/// Walks through a JSON text (RFC 8259) and refuses what a lenient reader would let pass: above all the second of two equal
/// keys, of which readers take one or the other. It makes no values.
struct JSONScanner {
  private let bytes: [UInt8]
  private var at = 0
  private var path: [String] = []

  /// Deeper than any policy; each level is a level of the program's stack.
  private static let deepest = 64

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func scan() throws(StrictJSON.Failure) {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw failure("the text is not UTF-8") }
    try value(depth: 0)
    skipSpace()
    if at < bytes.count { throw failure("there is something after the end of the value") }
  }

  private mutating func value(depth: Int) throws(StrictJSON.Failure) {
    guard depth < Self.deepest else { throw failure("it is nested deeper than \(Self.deepest) levels") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): try object(depth: depth)
    case UInt8(ascii: "["): try array(depth: depth)
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    case UInt8(ascii: "-"): try number()
    case let digit? where isDigit(digit): try number()
    case nil: throw failure("the text ends where a value should be")
    default: throw failure("no value begins like this")
    }
  }

  private mutating func object(depth: Int) throws(StrictJSON.Failure) {
    at += 1
    var keys: Set<String> = []
    skipSpace()
    if take("}") { return }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw failure("a key in quotes should be here") }
      let key = try string()
      path.append(path.isEmpty ? key : ".\(key)")
      guard keys.insert(key).inserted else { throw failure("the key \"\(key)\" stands here for the second time") }
      skipSpace()
      guard take(":") else { throw failure("a \":\" should be here") }
      try value(depth: depth + 1)
      path.removeLast()
      skipSpace()
    } while take(",")
    guard take("}") else { throw failure("a \",\" or \"}\" should be here") }
  }

  private mutating func array(depth: Int) throws(StrictJSON.Failure) {
    at += 1
    skipSpace()
    if take("]") { return }
    var index = 0
    repeat {
      path.append("[\(index)]")
      try value(depth: depth + 1)
      path.removeLast()
      index += 1
      skipSpace()
    } while take(",")
    guard take("]") else { throw failure("a \",\" or \"]\" should be here") }
  }

  /// The string's contents, since `"a"` and `"\u0061"` are the same key.
  private mutating func string() throws(StrictJSON.Failure) -> String {
    at += 1
    var units: [UInt16] = []
    var plain = at
    while true {
      guard let byte = peek else { throw failure("a string does not end") }
      guard byte >= 0x20 else { throw failure("a control character in a string must be written as an escape") }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        units += String(decoding: bytes[plain..<at], as: UTF8.self).utf16
        at += 1
        if byte == UInt8(ascii: "\"") { return String(decoding: units, as: UTF16.self) }
        units.append(try escape())
        plain = at
      } else {
        at += 1
      }
    }
  }

  private mutating func escape() throws(StrictJSON.Failure) -> UInt16 {
    guard let byte = peek else { throw failure("a string does not end") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(byte)
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "f"): return 12
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "u"):
      let digits = bytes[at..<min(at + 4, bytes.count)]
      guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
        let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
      else { throw failure("\"\\u\" needs four hexadecimal digits") }
      at += 4
      return unit
    default: throw failure("\"\\\(Character(UnicodeScalar(byte)))\" is no escape")
    }
  }

  private mutating func number() throws(StrictJSON.Failure) {
    _ = take("-")
    let leading = peek
    guard digits() > 0 else { throw failure("a number needs digits") }
    if leading == UInt8(ascii: "0"), bytes[at - 1] != UInt8(ascii: "0") || at >= 2 && isDigit(bytes[at - 2]) {
      throw failure("a number does not begin with 0")
    }
    if take("."), digits() == 0 { throw failure("a \".\" needs digits after it") }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      if digits() == 0 { throw failure("an exponent needs digits") }
    }
  }

  private mutating func digits() -> Int {
    let start = at
    while let byte = peek, isDigit(byte) { at += 1 }
    return at - start
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private mutating func word(_ word: String) throws(StrictJSON.Failure) {
    guard bytes[at...].starts(with: word.utf8) else { throw failure("no value begins like this") }
    at += word.utf8.count
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ character: Character) -> Bool {
    guard peek == character.asciiValue else { return false }
    at += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
  }

  private func failure(_ message: String) -> StrictJSON.Failure {
    let before = bytes[..<min(at, bytes.count)]
    let line = before.count { $0 == 0x0a } + 1
    let column = before.count - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0) + 1
    return StrictJSON.Failure(path: path.joined(), message: "line \(line), column \(column): \(message)")
  }
}
