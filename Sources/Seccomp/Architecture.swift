/// A processor's system call interface: which numbers mean what, and what the kernel calls it.
package enum Architecture: String, Hashable, Sendable, CaseIterable {
  case x86_64, aarch64

  /// The one that this program is compiled for.
  package static var current: Architecture {
    #if arch(x86_64)
      .x86_64
    #elseif arch(arm64)
      .aarch64
    #else
      #error("Sandbox knows x86_64 and aarch64")
    #endif
  }

  /// What the kernel writes into `seccomp_data.arch`: `AUDIT_ARCH_X86_64`, `AUDIT_ARCH_AARCH64` (`<linux/audit.h>`).
  package var auditArchitecture: UInt32 {
    switch self {
    case .x86_64: 0xc000_003e
    case .aarch64: 0xc000_00b7
    }
  }

  /// Whether a number belongs to x32, which shares x86_64's `seccomp_data.arch` and tells itself apart by bit 30
  /// (`__X32_SYSCALL_BIT`). −1 does not: it is how a tracer says that a call is to be skipped.
  package func isX32(_ number: UInt32) -> Bool { self == .x86_64 && number >= 0x4000_0000 && number != .max }
}
