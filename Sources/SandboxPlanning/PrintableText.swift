extension String {
  /// The text on one line, with what a terminal would obey written out: a name that a stranger chose (in a program's file, a
  /// link, a policy) neither moves the cursor, nor looks like another message.
  ///
  /// Written out as `\n` or `\u{1b}` are the control characters (C0, DEL, C1), the separators of lines and paragraphs, and what
  /// changes the direction of the text. Anything else stays, the backslash, too.
  package var printable: String {
    guard unicodeScalars.contains(where: \.isObeyed) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case _ where scalar.isObeyed: text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension Unicode.Scalar {
  fileprivate var isObeyed: Bool {
    switch value {
    case 0..<0x20, 0x7f..<0xa0, 0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
