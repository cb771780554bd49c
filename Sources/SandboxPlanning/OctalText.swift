extension UInt32 {
  /// A mode or a umask as people write it: octal digits and nothing else, of which Swift's own initializer takes a sign for a part.
  package init?(octal text: some StringProtocol) {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
    self.init(text, radix: 8)
  }
}
