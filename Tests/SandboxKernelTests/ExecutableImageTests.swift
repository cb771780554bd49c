internal import CSyscalls
import SandboxKernel
import SystemPackage
import Testing

@Suite("An executable image")
struct ExecutableImageTests {
  let text: [UInt8] = Array("#!/bin/true\n".utf8)

  @Test func `a sealed one has the bytes that it was made of`() throws {
    let image = try ExecutableImage(sealed: text, name: "test")
    var read = [UInt8](repeating: 0, count: 64)
    let count = try read.withUnsafeMutableBytes {
      try FileDescriptor(rawValue: image.descriptor.number).read(fromAbsoluteOffset: 0, into: $0)
    }
    #expect(Array(read[..<count]) == text)
  }

  @Test func `nobody can write to a sealed one, this process included`() throws {
    let image = try ExecutableImage(sealed: text, name: "test")
    let descriptor = FileDescriptor(rawValue: image.descriptor.number)
    #expect(throws: Errno.notPermitted) { try descriptor.writeAll(toAbsoluteOffset: 0, [0]) }
    #expect(throws: Errno.notPermitted) { try descriptor.resize(to: 0) }
    #expect(throws: Errno.notPermitted) { try descriptor.resize(to: 4096) }

    // The control: the same file without seals can be written.
    let open = FileDescriptor(rawValue: CInt(csys_memfd_create("unsealed", UInt32(CSYS_MFD_CLOEXEC))))
    defer { try? open.close() }
    try open.writeAll(toAbsoluteOffset: 0, [0])
    try open.resize(to: 4096)
  }

  @Test func `a sealed one cannot be written by way of proc, either`() throws {
    let image = try ExecutableImage(sealed: text, name: "test")
    do {
      // Root may open it so, whatever its mode; an ordinary user gets EACCES here.
      let again = try FileDescriptor.open("/proc/self/fd/\(image.descriptor.number)", .readWrite)
      defer { try? again.close() }
      #expect(throws: Errno.notPermitted) { try again.writeAll(toAbsoluteOffset: 0, [0]) }
    } catch let error as Errno {
      #expect(error == .permissionDenied)
    }
  }
}
