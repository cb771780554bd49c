/// A system call of Linux, by the kernel's name, with its number on each architecture.
///
/// Names and numbers stand in ``table`` alone; filters, printing and the test against the kernel's headers read it. A
/// number that is not in it is *unknown*: newer than this version, and answered with ENOSYS, as by a kernel without it.
///
/// - SeeAlso: syscalls(2)
package struct SystemCall: Hashable, Sendable, CustomStringConvertible {
  /// The kernel's name, as in `__NR_openat`.
  package let name: String
  /// Its number on x86_64; nil where that has no such call.
  package let x86_64: UInt32?
  /// Its number on aarch64; nil where that has no such call.
  package let aarch64: UInt32?

  init(_ name: String, _ x86_64: UInt32?, _ aarch64: UInt32?) {
    self.name = name
    self.x86_64 = x86_64
    self.aarch64 = aarch64
  }

  /// Its number there; nil where the architecture has no such call.
  package func number(on architecture: Architecture) -> UInt32? {
    switch architecture {
    case .x86_64: x86_64
    case .aarch64: aarch64
    }
  }

  /// The call of that name.
  package init?(named name: String) {
    guard let call = Self.byName[name] else { return nil }
    self = call
  }

  package var description: String { name }

  private static let byName = Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0) })
}
