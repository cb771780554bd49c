internal import SandboxKernel

/// Writes to a program's standard input what others give it, as fast as the program reads.
@Reactor final class InputPump {
  enum Result: Sendable {
    case written
    /// Nobody reads any more.
    case closed
  }

  private struct Pending {
    var bytes: ArraySlice<UInt8>
    let whenDone: @Reactor (Result) -> Void
  }

  private var descriptor: OwnedDescriptor?
  private var watch: Watch?
  private var pending: [Pending] = []
  private var isFinishing = false
  private let onFailure: @Reactor (SystemCallError) -> Void
  /// What the end of the input is: closing the pipe; on a terminal, Ctrl-D at the beginning of a line.
  private let endMark: [UInt8]

  /// - Parameter descriptor: does not block; nil where it comes later, with ``attach(_:)``.
  init(_ descriptor: consuming OwnedDescriptor?, endMark: [UInt8] = [], onFailure: @escaping @Reactor (SystemCallError) -> Void) {
    self.descriptor = consume descriptor
    self.endMark = endMark
    self.onFailure = onFailure
  }

  /// Begins to write to what came late.
  func attach(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = consume descriptor
    pump()
  }

  func write(_ bytes: [UInt8], whenDone: @escaping @Reactor (Result) -> Void) {
    guard !isFinishing else { return whenDone(.closed) }
    pending.append(Pending(bytes: bytes[...], whenDone: whenDone))
    pump()
  }

  func write(_ bytes: [UInt8]) async -> Result {
    await withCheckedContinuation { continuation in write(bytes) { continuation.resume(returning: $0) } }
  }

  /// No more comes: the program reads the end once it has read everything.
  func finish() {
    guard !isFinishing else { return }
    if !endMark.isEmpty { write(endMark) { _ in } }
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
    while !pending.isEmpty {
      if pending[0].bytes.isEmpty {
        pending.removeFirst().whenDone(.written)
        continue
      }
      do throws(SystemCallError) {
        switch try number.writeAvailable(pending[0].bytes.prefix(1 << 20)) {
        case .moved(let count): pending[0].bytes = pending[0].bytes.dropFirst(count)
        case .ended: return close()
        case .wouldBlock:
          if let watch { return watch.change(to: .writable) }
          watch = try Reactor.watch(number, for: .writable) { [weak self] _ in self?.pump() }
          return
        }
      } catch {
        close()
        return onFailure(error)
      }
    }
    // Not for nothing: EPOLLERR, which is always reported, tells that nobody reads any more.
    if isFinishing { close() } else { watch?.cancel(); watch = nil }
  }
}
