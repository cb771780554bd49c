import Capabilities
import Foundation
import SystemPackage
import Testing

@Suite("File capabilities")
struct FileCapabilitiesTests {
  @Test func `the attribute is the kernel's`() throws {
    // struct vfs_cap_data of version 2, little-endian: magic and flag, then permitted and inheritable, low half first.
    let bytes: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    let capabilities = FileCapabilities(permitted: [.netRaw, .checkpointRestore], isEffective: true)
    #expect(capabilities.attribute == bytes)
    #expect(FileCapabilities(attribute: bytes) == capabilities)
    let rooted = FileCapabilities(permitted: [], inheritable: [.kill], isEffective: false, rootUser: 0x0102_0304)
    #expect(rooted.attribute == [0, 0, 0, 3, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 3, 2, 1])
    #expect(FileCapabilities(attribute: rooted.attribute) == rooted)
    #expect(
      FileCapabilities(attribute: [1, 0, 0, 1, 0x20, 0, 0, 0, 0, 0, 0, 0])
        == FileCapabilities(permitted: [.kill], isEffective: true), "version 1 has 32 bits")
  }

  @Test(
    arguments: [
      [], [1, 0, 0, 2], [1, 0, 0, 4] + [UInt8](repeating: 0, count: 16), [2, 0, 0, 2] + [UInt8](repeating: 0, count: 16),
      [1, 0, 0, 3] + [UInt8](repeating: 0, count: 16), [UInt8](repeating: 0, count: 21),
    ] as [[UInt8]])
  func `what is no attribute is none`(_ bytes: [UInt8]) { #expect(FileCapabilities(attribute: bytes) == nil) }

  @Test func `the text is setcap's`() throws {
    #expect(try FileCapabilities(parsing: "cap_net_raw=ep") == FileCapabilities(permitted: [.netRaw], isEffective: true))
    #expect(
      try FileCapabilities(parsing: "cap_net_raw=p cap_kill=i")
        == FileCapabilities(permitted: [.netRaw], inheritable: [.kill], isEffective: false))
    #expect(throws: CapabilityTextError.self) { try FileCapabilities(parsing: "cap_net_raw=ep cap_kill=p") }
    #expect(FileCapabilities(permitted: [.netRaw], isEffective: true).description == "cap_net_raw=ep")
    #expect(
      FileCapabilities(permitted: [.netRaw], isEffective: true, rootUser: 1000).description == "cap_net_raw=ep [rootid=1000]")
  }

  private func withFile(_ body: (String) throws -> Void) throws {
    let path = "/var/tmp/sandbox-file-capabilities-\(UUID())"
    try Data("#!/bin/true\n".utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private static func said(by program: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return text
  }

  private static let mayWrite = geteuid() == 0 && access("/usr/sbin/setcap", X_OK) == 0

  @Test(
    .enabled(if: mayWrite, "needs root, setcap and getcap; the lane of root has them"),
    arguments: [
      "cap_net_raw=ep", "cap_chown,cap_bpf=eip", "cap_kill=p", "cap_kill=i", "=ep", "cap_net_raw=p cap_kill=ip",
    ]) func `setcap and getcap agree`(_ text: String) throws
  {
    try withFile { path in
      #expect(try FileCapabilities.ofFile(path) == nil)
      _ = try Self.said(by: "/usr/sbin/setcap", text, path)
      let capabilities = try FileCapabilities(parsing: text)
      #expect(try FileCapabilities.ofFile(path) == capabilities)
      let written = try Self.said(by: "/usr/sbin/getcap", path)
      try FileCapabilities.remove(fromFile: path)
      #expect(try FileCapabilities.ofFile(path) == nil && Self.said(by: "/usr/sbin/getcap", path) == "")
      try capabilities.write(toFile: path)
      #expect(try Self.said(by: "/usr/sbin/getcap", path) == written)
      try FileCapabilities.remove(fromFile: path)
      try FileCapabilities.remove(fromFile: path)
    }
  }

  @Test(.enabled(if: mayWrite, "needs root, setcap and getcap; the lane of root has them"))
  func `those of another namespace's root are of version 3`() throws {
    try withFile { path in
      _ = try Self.said(by: "/usr/sbin/setcap", "-n", "1000", "cap_net_raw=ep", path)
      #expect(try FileCapabilities.ofFile(path) == FileCapabilities(permitted: [.netRaw], isEffective: true, rootUser: 1000))
      try FileCapabilities(permitted: [.kill], isEffective: true, rootUser: 1001).write(toFile: path)
      #expect(try Self.said(by: "/usr/sbin/getcap", "-n", path).hasSuffix("cap_kill=ep [rootid=1001]\n"))
    }
  }

  @Test(.enabled(if: geteuid() != 0, "needs an ordinary user; its lane runs this"))
  func `an ordinary user reads them, and may not write any`() throws {
    try withFile { (path: String) throws in
      #expect(try FileCapabilities.ofFile(path) == nil)
      let error = #expect(throws: FileCapabilities.FileError.self) {
        try FileCapabilities(permitted: [.kill], isEffective: true).write(toFile: path)
      }
      #expect(error?.errno == .notPermitted && error?.call == "lsetxattr")
      #expect(error?.description.hasSuffix("; hint: changing a file's capabilities needs CAP_SETFCAP over its owner") == true)
    }
  }

  @Test func `only a regular file has any`() throws {
    for path in ["/usr", "/dev/null", "/no/such/file", "/proc/self/exe"] {
      #expect(throws: FileCapabilities.FileError.self) { try FileCapabilities.ofFile(path) }
      #expect(throws: FileCapabilities.FileError.self) { try FileCapabilities.remove(fromFile: path) }
    }
  }
}

@Suite("The capabilities of a process")
struct CapabilityStateTests {
  @Test func `each set stands where it belongs`() throws {
    let text =
      "CapInh:\t0000000000000001\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000002\nCapBnd:\t0000000000000004\nCapAmb:\t0000000000000008\nNoNewPrivs:\t1\n"
    let state = try #require(CapabilityState(status: text))
    #expect(state.inheritable == [.chown] && state.permitted == .all && state.effective == [.dacOverride])
    #expect(state.bounding == [.dacReadSearch] && state.ambient == [.fowner] && state.noNewPrivileges)
    #expect(CapabilityState(status: "CapInh:\t0\n") == nil)
  }

  @Test(.enabled(if: access("/usr/sbin/capsh", X_OK) == 0, "needs capsh; the lanes of Debian have it"))
  func `capsh says the same of what this process gives on`() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/sbin/capsh")
    process.arguments = ["--print"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n")
    process.waitUntilExit()
    let state = try CapabilityState()
    let current = try #require(lines.first { $0.hasPrefix("Current: ") }).dropFirst("Current: ".count)
    #expect(try ProcessCapabilities(parsing: String(current)).permitted == state.permitted)
    let bounding = try #require(lines.first { $0.hasPrefix("Bounding set =") }).dropFirst("Bounding set =".count)
    #expect(String(bounding) == state.bounding.description)
    let bits = try #require(lines.first { $0.hasPrefix("Securebits: ") })
    #expect(bits.contains("/0x\(String(SecureBits.current.rawValue, radix: 16))/"))
  }

  @Test func `a process that is not there is an error`() {
    #expect(throws: Errno.noSuchFileOrDirectory) { try CapabilityState(ofProcess: 0x7fff_ffff) }
  }
}
