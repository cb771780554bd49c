internal import SandboxKernel

/// That this process has entered a jail: from then on, each entry only tightens.
enum EntryRecord {
  private static let entered = Locked<UInt32?>(nil)

  static var hasEntered: Bool { umask != nil }

  /// The one that was entered last.
  static var umask: UInt32? { entered.withLock { $0 } }

  static func note(umask: UInt32) { entered.withLock { $0 = umask } }
}
