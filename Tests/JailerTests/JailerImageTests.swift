import Foundation
import JailerImage
import Testing

@Suite("The jailer's image")
struct JailerImageTests {
  let bytes = JailerImage.bytes()

  #if arch(x86_64)
    static let (machine, processor): (UInt16, String) = (62, "x86_64")
  #else
    static let (machine, processor): (UInt16, String) = (183, "aarch64")
  #endif

  @Test func `it is a static executable of this processor, with neither interpreter nor libraries`() throws {
    let file = try #require(ELFFile(bytes))
    #expect(file.type == ELFFile.executable)
    #expect(file.machine == Self.machine)
    #expect(!file.has(ELFFile.interpreter))
    #expect(!file.has(ELFFile.dynamic))

    let this = try #require(ELFFile(Array(try Data(contentsOf: URL(filePath: "/proc/self/exe")))))
    #expect(this.has(ELFFile.interpreter) && this.has(ELFFile.dynamic), "the control: this test has both")
  }

  @Test func `no part of it, the stack included, can be written and executed`() throws {
    let file = try #require(ELFFile(bytes))
    #expect(file.has(ELFFile.load))
    #expect(file.has(ELFFile.stack), "without this the kernel would make the stack executable")
    for segment in file.segments {
      let both = ELFFile.canWrite | ELFFile.canExecute
      #expect(segment.flags & both != both)
    }
  }

  @Test func `it is small`() { #expect((1024..<65536).contains(bytes.count)) }

  @Test func `nm lists nothing undefined in it`() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    try Data(bytes).write(to: folder.url.appending(path: "jailer"))
    #expect(try undefined(in: folder.url.appending(path: "jailer").path) == [])
    #expect(try undefined(in: "/proc/self/exe", "-D").contains { $0.hasSuffix("malloc") || $0.contains("swift") }, "the control")
  }

  /// A linked image has no symbols left that nm could list, so the sources are asked, too: joined, but not linked.
  @Test(.enabled(if: Jailer.canBeCompiled, "neither sources nor a compiler here; the lane that builds them runs this"))
  func `its sources need nothing but each other`() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let object = folder.url.appending(path: "jailer.o").path

    try Jailer.join(without: "memory.c", into: object)
    #expect(try undefined(in: object).contains("memset"), "the control: a part is missing, and nm says so")

    try Jailer.join(into: object)
    #expect(try undefined(in: object) == [])
  }

  /// The names that `nm -u` lists.
  private func undefined(in path: String, _ options: String...) throws -> [String] {
    let output = try run("nm", ["-u"] + options + [path])
    return output.split(separator: "\n").compactMap { line in line.split(separator: " ").last.map { String($0) } }
  }

  /// The sources of the jailer, compiled as its image is.
  enum Jailer {
    static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")

    static var canBeCompiled: Bool {
      FileManager.default.isReadableFile(atPath: sources.path) && (try? run("clang", ["--version"])) != nil
    }

    static func join(without left: String? = nil, into object: String) throws {
      let folder = sources.appending(path: "Jailer")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".c") && $0 != left }
      let flags = [
        "--target=\(processor)-unknown-linux-gnu", "-DJAILER_IMAGE", "-std=c17", "-Os", "-ffreestanding", "-fno-builtin",
        "-fno-stack-protector", "-fno-pic", "-nostdlib", "-r", "-fuse-ld=lld",
        "-I\(sources.path)/CSyscalls/include", "-I\(sources.path)/Jailer/include", "-I\(sources.path)/Jailer",
      ]
      _ = try run("clang", flags + files.sorted().map { folder.appending(path: $0).path } + ["-o", object])
    }
  }
}
