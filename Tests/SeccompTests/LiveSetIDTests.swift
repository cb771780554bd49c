import Foundation
import Testing

@testable import Seccomp

@Suite("Set-user-ID bits on the live kernel")
final class LiveSetIDTests {
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent("setid-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// The mode of a file there; nil where there is none.
  private func mode(_ name: String) -> mode_t? {
    var status = stat()
    return stat("\(directory)/\(name)", &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  /// AT_FDCWD is -100; numbers are octal as C writes them.
  private static let ways: [(call: String, before: [String], after: [String])] = {
    var ways: [(call: String, before: [String], after: [String])] = [
      ("openat", ["-100"], ["0101", "04755"]), ("mknodat", ["-100"], ["0104755"]),
    ]
    #if arch(x86_64)
      ways += [("open", [], ["0101", "04755"]), ("creat", [], ["04755"]), ("mknod", [], ["0104755"])]
    #endif
    return ways
  }()

  @Test func `no file is made with them where binds are writable`() throws {
    for (call, before, after) in Self.ways {
      let answers = try [Probe.unfiltered, .filtered(), .filtered(writableBinds: true)].enumerated().map { index, probe in
        let arguments = before + ["=\(directory)/\(call)\(index)"] + after + ["0", "0"]
        return try probe.call(call, arguments[0], arguments[1], arguments[2], arguments[3])
      }
      for index in [0, 1] { #expect(mode("\(call)\(index)").map { $0 & 0o4000 } == 0o4000, "the control: \(call)") }
      #expect(answers[2] == .failed(EPERM), "\(call)")
      #expect(mode("\(call)2") == nil, "\(call)")
    }
  }

  @Test func `no file is given them where binds are writable`() throws {
    let path = "\(directory)/file"
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    var ways: [(call: String, arguments: [String])] = [("fchmodat", ["-100", "=\(path)"])]
    #if arch(x86_64)
      ways.append(("chmod", ["=\(path)"]))
    #endif
    // Since Linux 6.6; before, the kernel itself says ENOSYS.
    if try Probe.unfiltered.call("fchmodat2", "-1", "=", "0", "0") != .failed(ENOSYS) {
      ways.append(("fchmodat2", ["-100", "=\(path)"]))
    }
    for (call, arguments) in ways {
      for bits in ["04755", "02755", "0xdeadbeef00000fed"] {
        chmod(path, 0o600)
        let made = arguments + [bits, "0", "0"]
        #expect(try Probe.filtered().call(call, made[0], made[1], made[2], made[3]) == .returned(0), "the control: \(call)")
        #expect(mode("file").map { $0 & 0o6000 } != 0)
        chmod(path, 0o600)
        #expect(
          try Probe.filtered(writableBinds: true).call(call, made[0], made[1], made[2], made[3]) == .failed(EPERM), "\(call)")
        #expect(mode("file") == 0o600)
      }
      let plain = arguments + ["0755", "0", "0"]
      #expect(try Probe.filtered(writableBinds: true).call(call, plain[0], plain[1], plain[2], plain[3]) == .returned(0))
    }
  }

  @Test func `an open that makes nothing does not look at the mode`() throws {
    #expect(FileManager.default.createFile(atPath: "\(directory)/there", contents: nil))
    #expect(try Probe.filtered(writableBinds: true).call("openat", "-100", "=\(directory)/there", "0", "04755") == .returned(3))
    #expect(try Probe.filtered(writableBinds: true).call("openat", "-100", "=\(directory)/new", "0101", "0755") == .returned(3))
  }

  @Test func `openat2 is hidden where binds are writable, and only there`() throws {
    // An empty structure of the right size, in text: O_RDONLY is zero. It ends with the text, so EINVAL tells that it was read.
    #expect(try Probe.unfiltered.call("openat2", "-100", "=/", "0", "0") == .failed(EINVAL), "the control")
    #expect(try Probe.filtered().call("openat2", "-100", "=/", "0", "0") == .failed(EINVAL))
    #expect(try Probe.filtered(writableBinds: true).call("openat2", "-100", "=/", "0", "0") == .failed(ENOSYS))
  }
}
