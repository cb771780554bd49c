internal import SandboxKernel
internal import Synchronization

/// That this process has entered a jail: from then on, each entry only tightens.
enum EntryRecord {
  private struct Entry {
    var umask: UInt32
    var hasNoRing: Bool
  }
  private static let entered = Locked<Entry?>(nil)
  private static let isEntering = Atomic<Bool>(false)

  static var hasEntered: Bool { umask != nil }

  /// The one that was entered last.
  static var umask: UInt32? { entered.withLock { $0?.umask } }

  /// That no thread had an io_uring, and a filter keeps them from making any.
  static var hasNoRing: Bool { entered.withLock { $0?.hasNoRing } ?? false }

  /// One entry at a time, from its first look at the process: another one would close what this has open.
  static func claiming<Result>(_ body: () throws(Sandbox.Error) -> Result) throws(Sandbox.Error) -> Result {
    guard !isEntering.exchange(true, ordering: .acquiring) else { throw Sandbox.isEntering }
    defer { isEntering.store(false, ordering: .releasing) }
    return try body()
  }

  static func note(umask: UInt32, makesNoRing: Bool, ringsWereUnseen: Bool) {
    entered.withLock { entry in
      let hasNoRing = (entry?.hasNoRing ?? false) || (makesNoRing && !ringsWereUnseen)
      entry = Entry(umask: umask, hasNoRing: hasNoRing)
    }
  }
}
