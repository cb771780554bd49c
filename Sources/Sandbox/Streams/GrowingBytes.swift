internal import SandboxKernel

/// Bytes that are read to where they stay: each is written once, but for the few that move when the room grows.
struct GrowingBytes {
  /// The first `count` of them count; what comes after was never written, and is never shown.
  private var storage: [UInt8] = []
  private(set) var count = 0

  private static let first = 1 << 16

  /// Reads at most `most` bytes behind what is there.
  ///
  /// - Parameter limit: how many there will be at most.
  mutating func read(from descriptor: CInt, most: Int, limit: Int) throws(SystemCallError) -> Transfer {
    if count == storage.count { grow(limit: limit) }
    let transfer = try descriptor.readAvailable(into: &storage, at: count, most: min(most, storage.count - count))
    if case .moved(let read) = transfer { count += read }
    return transfer
  }

  /// To eight times as much, since memory that is not written costs nothing, and what is copied costs twice; but to no more
  /// than twice as much where the machine would not give that.
  private mutating func grow(limit: Int) {
    var capacity = min(limit, max(Self.first, count.multipliedReportingOverflow(by: 8).partialValue))
    if capacity > count * 2, !LargeMemory.isAvailable(capacity) { capacity = min(limit, max(Self.first, count * 2)) }
    let (old, count) = (storage, count)
    storage = [UInt8](unsafeUninitializedCapacity: capacity) { room, initialized in
      LargeMemory.advise(UnsafeMutableRawBufferPointer(room))
      old.withUnsafeBytes { UnsafeMutableRawBufferPointer(room).copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      initialized = capacity
    }
  }

  /// What is there, after which nothing is.
  mutating func take() -> [UInt8] {
    defer { self = GrowingBytes() }
    // A small rest of a large room would keep all of it.
    if count < 1 << 22 { return Array(storage[..<count]) }
    var taken: [UInt8] = []
    swap(&taken, &storage)
    taken.removeLast(taken.count - count)
    return taken
  }
}
