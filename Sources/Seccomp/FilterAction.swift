package import SystemPackage

/// What a filter says about a call: the kernel's `SECCOMP_RET_*`.
package enum FilterAction: Hashable, Sendable {
  /// The call is made. `SECCOMP_RET_ALLOW`.
  case allow
  /// The call is not made and fails so. `SECCOMP_RET_ERRNO`.
  case fail(Errno)
  /// The whole process ends with SIGSYS. `SECCOMP_RET_KILL_PROCESS`, Linux 4.14.
  case killProcess

  /// What a program returns to the kernel for it (`<linux/seccomp.h>`).
  package var returnValue: UInt32 {
    switch self {
    case .allow: 0x7fff_0000
    case .fail(let errno): 0x0005_0000 | UInt32(UInt16(truncatingIfNeeded: errno.rawValue))
    case .killProcess: 0x8000_0000
    }
  }

  /// The action of a returned value; nil for those that this package does not use.
  package init?(returnValue: UInt32) {
    switch returnValue & 0xffff_0000 {
    case 0x7fff_0000: self = .allow
    case 0x0005_0000: self = .fail(Errno(rawValue: CInt(returnValue & 0xffff)))
    case 0x8000_0000: self = .killProcess
    default: return nil
    }
  }

  /// Whether this answer of a filter counts, and not that of one that was loaded earlier: the kernel compares the action
  /// halves as signed numbers, takes the smaller, and of equals the one loaded last.
  package func prevails(over earlier: FilterAction) -> Bool { precedence <= earlier.precedence }

  private var precedence: Int32 { Int32(bitPattern: returnValue & 0xffff_0000) }
}
