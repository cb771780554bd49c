internal import SandboxKernel

/// That this process has entered a jail: from then on, each entry only tightens.
enum EntryRecord {
  private struct Entry {
    var umask: UInt32
    var hasNoRing: Bool
  }
  private static let entered = Locked<Entry?>(nil)

  static var hasEntered: Bool { umask != nil }

  /// The one that was entered last.
  static var umask: UInt32? { entered.withLock { $0?.umask } }

  /// That no thread had an io_uring, and a filter keeps them from making any.
  static var hasNoRing: Bool { entered.withLock { $0?.hasNoRing } ?? false }

  static func note(umask: UInt32, makesNoRing: Bool, ringsWereUnseen: Bool) {
    entered.withLock { entry in
      let hasNoRing = entry?.hasNoRing ?? false || makesNoRing && !ringsWereUnseen
      entry = Entry(umask: umask, hasNoRing: hasNoRing)
    }
  }
}
