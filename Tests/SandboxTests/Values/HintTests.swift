import Glibc
import SandboxPlanning
import SystemPackage
import Testing

@testable import Sandbox

/// The tables of hints. (Whether what they say is true of a host, the lane `hosts` tries.)
@Suite("Hints") struct HintTests {
  private struct Key: Hashable, CustomStringConvertible {
    let operation, call: String
    let errno: CInt
    var description: String { "\(operation), \(call), \(errno)" }
  }

  /// Every situation that a hint asks about.
  private static let situations: [HintFacts] = {
    let operations: [Operation] = [
      .newFilesystem(Slot(0), type: "proc", options: [], attributes: []),
      .newFilesystem(Slot(0), type: "tmpfs", options: [], attributes: []),
      .newFilesystem(Slot(0), type: "sysfs", options: [], attributes: []),
    ]
    let details: [Report.Detail] = [.none, .isDirectory, .noInterpreter, .notRegular]
    let heads = ["#!/no/interpreter\n", "\u{7f}ELF", "text"].map { Array($0.utf8) }
    var situations: [HintFacts] = []
    for operation in operations {
      for detail in details {
        for head in heads {
          for profile in [nil, "box"] {
            for covers in [[], ["/proc/keys"], ["/proc/a", "/proc/b", "/proc/c", "/proc/d"]] {
              for (isRoot, value) in [(true, nil), (false, nil), (true, "0"), (false, "0"), (true, "1"), (false, "1")] {
                situations.append(
                  HintFacts(
                    operation: operation, earlier: [], detail: detail, head: head, isRoot: isRoot, uid: isRoot ? 0 : 1000,
                    isFiltered: value == nil, isChrooted: value == "1", profile: profile, coversOfProc: covers,
                    sysctl: { _ in value }))
              }
            }
          }
        }
      }
    }
    return situations
  }()

  private static func texts(_ hint: Hint) -> Set<String> { Set(situations.compactMap(hint.advice).map(\.text)) }

  /// A word that tells somebody what to do.
  private static var remedy: Regex<(Substring, Substring?)> {
    #/\b(sysctl|mount|umount|raise|lower|chown|chmod|write|name|needs?|must|make|keep|spawn|run|end|close|bind|see|add|allows)\b|= \.host/#
  }

  @Test func `each says what helps, in every situation that it speaks of`() {
    #expect(Sandbox.hints.count > 50)
    for hint in Sandbox.hints {
      let texts = Self.texts(hint)
      #expect(!texts.isEmpty, "\(hint.operation), \(hint.call ?? "any call"): it never says anything")
      for text in texts {
        #expect(text.contains(Self.remedy), "\(hint.operation): \(text)")
        #expect(text.count > 20 && !text.hasSuffix(".") && !text.contains("  ") && !text.contains("\n"), "\(text)")
        #expect(text.split(separator: " ").first?.first?.isUppercase == false || text.hasPrefix("AppArmor"), "\(text)")
      }
    }
  }

  @Test func `no two are for the same failure`() {
    let keys = Sandbox.hints.map { Key(operation: $0.operation, call: $0.call ?? "", errno: $0.errno.rawValue) }
    let twice = Dictionary(grouping: keys) { $0 }.filter { $0.value.count > 1 }.keys
    #expect(twice.isEmpty, "\(twice)")
    for key in keys where key.call.isEmpty {
      #expect(!keys.contains { $0.operation == key.operation && $0.errno == key.errno && $0.call != "" }, "\(key)")
    }
  }

  @Test(.enabled(if: JailerSource.isHere, "the sources are not here; the lane that builds them runs this"))
  func `each is for a call that its operation makes, and an errno that the call gives`() throws {
    let source = try JailerSource()
    #expect(source.calls.count == 61)
    #expect(source.calls["clone-jail"]?.isSuperset(of: ["clone3", "openat", "write", "sendmsg"]) == true, "they were found")
    #expect(source.calls["new-session"] == ["setsid"])
    for hint in Sandbox.hints {
      let calls = try #require(source.calls[hint.operation], "\(hint.operation) is no operation")
      let call = try #require(hint.call, "\(hint.operation): every hint names its call")
      #expect(calls.contains(call), "\(hint.operation) never calls \(call)")
      let possible = Self.refusals.union(Self.errnos[call] ?? [])
      #expect(possible.contains(hint.errno.rawValue), "\(call) never gives \(hint.errno)")
    }
  }

  /// What a security module, a filter or want of memory makes of any call.
  private static let refusals: Set<CInt> = [EPERM, EACCES, ENOSYS, ENOMEM]
  /// What else the manual pages say that a call gives, and the kernel, where they are silent (ENOSPC for namespaces and mounts);
  /// ESTALE and E2BIG are what the jailer makes of an answer that it cannot go on with.
  private static let errnos: [String: Set<CInt>] = [
    "chdir": [ENOENT, ENOTDIR, ELOOP],
    "chroot": [ENOENT, ENOTDIR, ELOOP],
    "close_range": [],
    "clone3": [EAGAIN, EINVAL, ENOSPC],
    "execve": [ENOENT, ENOTDIR, ENOEXEC, E2BIG, ELOOP, ETXTBSY, ETIMEDOUT],
    "fsmount": [EBUSY, ENOSPC],
    "fsopen": [ENODEV],
    "keyctl": [EDQUOT],
    "mkdirat": [ENOENT, EEXIST, EROFS, ENOSPC, ENOTDIR],
    "mknodat": [EEXIST, EROFS, ENOSPC, ENOTDIR],
    "mount": [EINVAL, ENOSPC],
    "mount_setattr": [EINVAL],
    "move_mount": [EINVAL, ENOSPC, ENOTDIR],
    "open_tree": [EINVAL, ENOENT, ENOSPC, ENOTDIR],
    "openat": [ENOENT, EROFS, EEXIST],
    "readlinkat": [ENOENT, EINVAL],
    "openat2": [ENOENT, ENOTDIR, ELOOP, EAGAIN, ENOSPC, ESTALE],
    "pivot_root": [EINVAL, EBUSY],
    "read": [E2BIG],
    "sched_setaffinity": [EINVAL],
    "seccomp": [EINVAL, EBUSY],
    "sendmsg": [ETOOMANYREFS],
    "symlinkat": [EEXIST, EROFS],
    "setns": [EINVAL, ESRCH],
    "unshare": [EINVAL, ENOSPC],
    "write": [ENOSPC, EINVAL, ERANGE],
  ]
}
