/// The jailer as an executable file's bytes, for the processor that this was compiled for.
///
/// It is made by the package's plugin from Sources/Jailer; there is no helper file to install.
package enum JailerImage {
  /// The ELF file.
  package static func bytes() -> [UInt8] {
    hexadecimal.withUTF8Buffer { text in
      [UInt8](unsafeUninitializedCapacity: text.count / 2) { buffer, count in
        for i in 0..<text.count / 2 { buffer[i] = digit(text[2 * i]) << 4 | digit(text[2 * i + 1]) }
        count = text.count / 2
      }
    }
  }

  private static func digit(_ character: UInt8) -> UInt8 {
    character < UInt8(ascii: "a") ? character - UInt8(ascii: "0") : character - UInt8(ascii: "a") + 10
  }
}
