import Foundation
import SandboxKernel
import SystemPackage
import Testing

@Suite("Names of errors")
struct ErrnoNameTests {
  /// The kernel's own headers, as the C library brings them along.
  private static let headers = ["/usr/include/asm-generic/errno-base.h", "/usr/include/asm-generic/errno.h"]

  @Test(.enabled(if: headers.allSatisfy(FileManager.default.isReadableFile), "no kernel headers; every building lane has them"))
  func `they are those of the kernel's headers`() throws {
    var count = 0
    for header in Self.headers {
      for line in try String(contentsOfFile: header, encoding: .utf8).split(separator: "\n") {
        let words = line.split { $0 == " " || $0 == "\t" }
        guard words.count > 2, words[0] == "#define", words[1].hasPrefix("E"), let number = CInt(words[2]) else { continue }
        #expect(Errno(rawValue: number).name == words[1])
        count += 1
      }
    }
    #expect(count > 125)
  }

  @Test(arguments: CInt(1)...133) func `their meanings are the C library's`(_ number: CInt) {
    let library = libraryMeaning(number)
    if library.hasPrefix("Unknown error") {
      #expect(Errno(rawValue: number).meaning == "unknown error")
    } else {
      #expect(Errno(rawValue: number).meaning.lowercased() == library.lowercased())
    }
  }

  @Test func `a number that the kernel does not have stays a number`() {
    #expect(Errno(rawValue: 4000).name == "errno 4000")
    #expect(Errno(rawValue: 4000).meaning == "unknown error")
  }

  @Test func `an error is one line that says which call failed with what`() {
    let error = SystemCallError("openat", "\"/srv\"", errno: .noSuchFileOrDirectory)
    #expect(error.description == "openat(\"/srv\"): ENOENT (no such file or directory)")
  }
}
