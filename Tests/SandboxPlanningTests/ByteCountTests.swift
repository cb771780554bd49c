import SandboxPlanning
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import Testing

@Suite("A number of bytes")
struct ByteCountTests {
  @Test(
    arguments: [
      ("0B", 0), ("1B", 1), ("1023B", 1023), ("1KiB", 1024), ("256MiB", 268_435_456), ("3GiB", 3_221_225_472),
      ("1536MiB", 1_610_612_736), ("18446744073709551615B", UInt64.max),
    ] as [(String, UInt64)])
  func `its text and its number say the same`(_ text: String, _ bytes: UInt64) throws {
    #expect(try #require(ByteCount(text)).bytes == bytes)
    #expect(ByteCount.bytes(bytes).description == text)
  }

  @Test func `a text need not use the largest unit`() throws {
    #expect(try #require(ByteCount("1024KiB")) == .mebibytes(1))
    #expect(try #require(ByteCount("0GiB")) == .bytes(0))
  }

  @Test(arguments: [
    "", "B", "1", "KiB", "-1B", "+1B", "1.5MiB", "1 MiB", " 1MiB", "1MiB ", "1mib", "1MB", "1K", "1BB", "1KiBB", "0x10B",
    "18446744073709551616B", "17179869184GiB",
  ])
  func `what is no size is none`(_ text: String) { #expect(ByteCount(text) == nil) }

  @Test func `units are powers of 1,024`() {
    #expect(ByteCount.kibibytes(3).bytes == 3 * 1024)
    #expect(ByteCount.mebibytes(3).bytes == 3 * 1024 * 1024)
    #expect(ByteCount.gibibytes(3).bytes == 3 * 1024 * 1024 * 1024)
    #expect(ByteCount.kibibytes(1) < .mebibytes(1))
    #expect(!(ByteCount.mebibytes(1) < .kibibytes(1)))
  }

  @Test func `a size that does not fit stops the program, rather than become a small one`() async {
    await #expect(processExitsWith: .signal(SIGILL)) { _ = ByteCount.gibibytes(1 << 34) }
  }
}
