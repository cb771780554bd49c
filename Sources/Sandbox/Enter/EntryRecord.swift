internal import Synchronization

/// That this process has entered a jail: from then on, each entry only tightens.
enum EntryRecord {
  private static let entered = Atomic<Bool>(false)

  static var hasEntered: Bool { entered.load(ordering: .acquiring) }

  static func note() { entered.store(true, ordering: .releasing) }
}
