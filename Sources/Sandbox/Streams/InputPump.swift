internal import SandboxKernel

/// Writes to a program's standard input what others give it, as fast as the program reads.
@Reactor final class InputPump {
  enum Result: Sendable {
    case written
    /// Nobody reads any more.
    case closed
    /// The writing task was cancelled, before all of it was written.
    case cancelled
  }

  private struct Pending {
    let id: Int
    var bytes: ArraySlice<UInt8>
    let whenDone: @Reactor (Result) -> Void
  }

  private var descriptor: OwnedDescriptor?
  private var watch: Watch?
  private var pending: [Pending] = []
  private var lastID = 0
  private var isFinishing = false
  /// Of what was written so far.
  private var lastByte = newline
  private let isTyped: Bool
  private let onFailure: @Reactor (SystemCallError) -> Void

  private static let newline: UInt8 = 10
  /// Ctrl-D: the end of the input on a terminal, at the beginning of a line; elsewhere it only ends the line's reading.
  private static let endOfTransmission: UInt8 = 4
  /// How much is written before others have their turn.
  private static let budget = 1 << 20

  /// - Parameters:
  ///   - descriptor: does not block; nil where it comes later, with ``attach(_:)``.
  ///   - isTyped: it is a terminal's master, on which the end of the input is typed; of a pipe it is its closing.
  init(_ descriptor: consuming OwnedDescriptor?, isTyped: Bool = false, onFailure: @escaping @Reactor (SystemCallError) -> Void) {
    self.descriptor = consume descriptor
    self.isTyped = isTyped
    self.onFailure = onFailure
  }

  /// Begins to write to what came late.
  func attach(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = consume descriptor
    pump()
  }

  func write(_ bytes: [UInt8], whenDone: @escaping @Reactor (Result) -> Void) {
    lastID += 1
    write(bytes, id: lastID, whenDone: whenDone)
  }

  private func write(_ bytes: [UInt8], id: Int, whenDone: @escaping @Reactor (Result) -> Void) {
    guard !isFinishing else { return whenDone(.closed) }
    pending.append(Pending(id: id, bytes: bytes[...], whenDone: whenDone))
    pump()
  }

  func write(_ bytes: [UInt8]) async -> Result {
    lastID += 1
    let id = lastID
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled { return continuation.resume(returning: .cancelled) }
        write(bytes, id: id) { continuation.resume(returning: $0) }
      }
    } onCancel: {
      Reactor.perform { self.giveUp(id) }
    }
  }

  /// What the program has not taken of it by now it does not get.
  private func giveUp(_ id: Int) {
    guard let index = pending.firstIndex(where: { $0.id == id }) else { return }
    pending.remove(at: index).whenDone(.cancelled)
    pump()
  }

  /// No more comes: the program reads the end once it has read everything.
  func finish() {
    guard !isFinishing else { return }
    if isTyped {
      let last = pending.last { !$0.bytes.isEmpty }?.bytes.last ?? lastByte
      let mark = [UInt8](repeating: Self.endOfTransmission, count: last == Self.newline ? 1 : 2)
      lastID += 1
      pending.append(Pending(id: lastID, bytes: mark[...]) { _ in })
    }
    isFinishing = true
    pump()
  }

  /// Gives up what has not been written yet.
  func close() {
    isFinishing = true
    watch?.cancel()
    watch = nil
    descriptor = nil
    let given = pending
    pending = []
    for one in given { one.whenDone(.closed) }
  }

  private func pump() {
    guard let number = descriptor?.number else { return }
    var left = Self.budget
    while !pending.isEmpty {
      if pending[0].bytes.isEmpty {
        pending.removeFirst().whenDone(.written)
        continue
      }
      do throws(SystemCallError) {
        // A program that keeps pace must not keep the reactor.
        guard left > 0 else { return try waitForRoom(number) }
        let part = pending[0].bytes.prefix(left)
        switch try number.writeAvailable(part) {
        case .moved(let count):
          if count > 0 { lastByte = part[part.startIndex + count - 1] }
          pending[0].bytes = pending[0].bytes.dropFirst(count)
          left -= count
        case .ended: return close()
        case .wouldBlock: return try waitForRoom(number)
        }
      } catch {
        onFailure(error)
        return close()
      }
    }
    // Not for nothing: EPOLLERR, which is always reported, tells that nobody reads any more.
    if isFinishing { close() } else { watch?.cancel(); watch = nil }
  }

  private func waitForRoom(_ number: CInt) throws(SystemCallError) {
    if watch == nil { watch = try Reactor.watch(number, for: .writable) { [weak self] _ in self?.pump() } }
  }
}
