import Glibc
import Sandbox
import Testing

/// Something that a test needs of the machine it runs on.
enum Requirement: String, CaseIterable {
  /// The tests run as root.
  case root
  /// The tests run as an ordinary user.
  case user
  /// Idmapped mounts of the file system that /tmp is on: Linux 5.12 and a file system that has them.
  case idmappedMounts
  /// A C compiler.
  case gcc
  /// musl's C library with its compiler's wrapper.
  case musl
  /// git(1).
  case git
  /// iputils' ping(8).
  case ping
  /// capsh(1), getcap(8) and setcap(8).
  case libcapPrograms
  /// The Swift toolchain's libraries, for a payload in Swift.
  case swift
  /// mount_setattr(2): Linux 5.12.
  case mountAttributes
  /// Pressure stall information: CONFIG_PSI, and not off by default (psi=1).
  case pressureInformation
  /// io_urings that a thread registers: Linux 5.18.
  case registeredRings

  var isMet: Bool {
    switch self {
    case .root: geteuid() == 0
    case .user: geteuid() != 0
    case .gcc: access("/usr/bin/gcc", X_OK) == 0
    case .musl: access("/usr/bin/musl-gcc", X_OK) == 0
    case .git: access("/usr/bin/git", X_OK) == 0
    case .ping: access("/usr/bin/ping", X_OK) == 0
    case .libcapPrograms: access("/usr/sbin/capsh", X_OK) == 0
    case .swift: SwiftPayload.isAvailable
    case .pressureInformation: access("/proc/pressure/cpu", F_OK) == 0
    case .mountAttributes: Kernel.isAtLeast(5, 12)
    case .registeredRings: Kernel.isAtLeast(5, 18)
    case .idmappedMounts: geteuid() != 0 || Kernel.hasIdmappedTemporaryDirectory
    }
  }

  /// Features that this lane must have: `SANDBOX_REQUIRED_FEATURES=root,gcc`, or `all`. A test that needs one of them is
  /// then never skipped, and fails where it is missing.
  static let mustBeMet: Set<String> = {
    guard let text = getenv("SANDBOX_REQUIRED_FEATURES") else { return [] }
    return Set(String(cString: text).split(separator: ",").map(String.init))
  }()

  /// `all` leaves out who runs the tests: a lane is either.
  var mustBeMet: Bool {
    Self.mustBeMet.contains(rawValue) || (Self.mustBeMet.contains("all") && self != .root && self != .user)
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where the machine lacks something, unless the lane says that it must have it.
  static func requires(_ requirement: Requirement) -> Self {
    .enabled(if: requirement.isMet || requirement.mustBeMet, "needs \(requirement.rawValue)")
  }
}

enum Kernel {
  static let release: (major: Int, minor: Int) = {
    var name = utsname()
    uname(&name)
    let text = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let numbers = text.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
    return (numbers[0], numbers[1])
  }()

  static func isAtLeast(_ major: Int, _ minor: Int) -> Bool { release >= (major, minor) }

  /// By the kernel's version and the file system, since only a mount would find it out by doing.
  static let hasIdmappedTemporaryDirectory: Bool = {
    guard isAtLeast(5, 12), let type = try? Unjailed.run("/usr/bin/stat", ["-f", "-c", "%T", "/tmp"]).output.trimmed else {
      return false
    }
    switch type {
    case "ext2/ext3", "xfs": return true
    case "btrfs": return isAtLeast(5, 15)
    case "tmpfs": return isAtLeast(6, 3)
    default: return false
    }
  }()
}
