import Foundation
import Testing

@testable import Seccomp

@Suite("The table of system calls")
struct SystemCallTests {
  @Test(.enabled(if: Headers.x86_64 != nil, "no kernel headers of x86_64"))
  func `its numbers on x86_64 are the kernel's`() throws {
    compare(try #require(Headers.x86_64), on: .x86_64)
  }

  @Test(.enabled(if: Headers.aarch64 != nil, "no kernel headers of aarch64 (linux-libc-dev-arm64-cross)"))
  func `its numbers on aarch64 are the kernel's`() throws {
    compare(try #require(Headers.aarch64), on: .aarch64)
  }

  /// Headers may be older than the table, and then know no call beyond their last.
  private func compare(_ kernel: [String: UInt32], on architecture: Architecture) {
    #expect(kernel.count > 300, "the header was understood")
    let last = kernel.values.max() ?? 0
    var ours: [String: UInt32] = [:]
    for call in SystemCall.table { ours[call.name] = call.number(on: architecture) }
    for (name, number) in kernel where number <= 469 { #expect(ours[name] == number, "\(name)") }
    // uretprobe and uprobe came later than their neighbours.
    for (name, number) in ours where number <= last && ![335, 336].contains(number) {
      #expect(kernel[name] == number, "\(name)")
    }
  }

  @Test func `no name and no number stands there twice`() {
    #expect(Set(SystemCall.table.map(\.name)).count == SystemCall.table.count)
    for architecture in Architecture.allCases {
      let numbers = SystemCall.table.compactMap { $0.number(on: architecture) }
      #expect(Set(numbers).count == numbers.count)
    }
  }

  @Test func `what is newer than Linux 5.17 has one number everywhere`() {
    #expect(SystemCall(named: "cachestat")?.x86_64 == 451)
    #expect(SystemCall(named: "mseal")?.aarch64 == 462)
    #expect(SystemCall(named: "file_setattr")?.x86_64 == 469)
    for call in SystemCall.table where (call.x86_64 ?? 0) >= 424 { #expect(call.x86_64 == call.aarch64, "\(call)") }
    #expect(SystemCall(named: "frobnicate") == nil)
  }
}

/// The numbers in the kernel's own headers, by name.
private enum Headers {
  static let x86_64 = read(["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/x86_64-linux-gnu/include/asm/unistd_64.h"])
  static let aarch64 = read([
    "/usr/aarch64-linux-gnu/include/asm-generic/unistd.h", "/usr/include/asm-generic/unistd.h",
  ])

  private static func read(_ paths: [String]) -> [String: UInt32]? {
    guard let path = paths.first(where: FileManager.default.isReadableFile),
      let text = try? String(contentsOfFile: path, encoding: .utf8)
    else { return nil }
    var definitions: [String: String] = [:]
    // asm-generic has names for other word sizes beside the ones that 64-bit processors use: of two, the first counts.
    for line in text.split(separator: "\n") {
      let words = line.split { " \t".contains($0) }
      guard words.count >= 3, words[0] == "#define", words[1].hasPrefix("__NR") else { continue }
      if definitions[String(words[1])] == nil { definitions[String(words[1])] = String(words[2]) }
    }
    let notCalls = ["syscalls", "arch_specific_syscall", "sync_file_range2"]
    var numbers: [String: UInt32] = [:]
    for (name, value) in definitions where name.hasPrefix("__NR_") {
      let call = String(name.dropFirst(5))
      guard !notCalls.contains(call), let number = UInt32(value) ?? UInt32(definitions[value] ?? "") else { continue }
      numbers[call] = number
    }
    // What a 64-bit processor's __NR3264_ names stand for, and what 32-bit ones alone have.
    return numbers.filter { !$0.key.hasSuffix("time64") && !only32.contains($0.key) }
  }

  private static let only32: Set<String> = [
    "fcntl64", "statfs64", "fstatfs64", "truncate64", "ftruncate64", "llseek", "sendfile64", "fstatat64", "fstat64", "mmap2",
    "fadvise64_64", "stat64", "lstat64",
  ]
}
