internal import SandboxKernel

/// Collects what a program writes, up to a limit, and counts the rest.
@Reactor final class OutputCollector: OutputSink {
  private(set) var bytes: [UInt8] = []
  private(set) var cut = 0
  private let limit: Int
  /// Whether nothing was to be collected in the first place.
  let discards: Bool
  private let onFailure: @Reactor (SystemCallError) -> Void
  private var descriptor: OwnedDescriptor?
  private var watch: Watch?
  /// Read into again and again; the largest that a pipe usually holds.
  private var buffer = [UInt8](repeating: 0, count: 65536)

  init(limit: Int, discards: Bool = false, onFailure: @escaping @Reactor (SystemCallError) -> Void) {
    self.limit = limit
    self.discards = discards
    self.onFailure = onFailure
  }

  func attach(_ descriptor: consuming OwnedDescriptor) {
    let number = descriptor.number
    self.descriptor = consume descriptor
    do throws(SystemCallError) {
      // A little at a time, so that other jails have their turn.
      watch = try Reactor.watch(number, for: .readable) { [weak self] _ in self?.read() }
    } catch {
      onFailure(error)
      close()
    }
  }

  func jailEnded(whenDone: @escaping @Reactor () -> Void) {
    if let number = descriptor?.number {
      do throws(SystemCallError) {
        var rest = try Remainder(of: number, isTerminal: OwnedDescriptor.isTerminal(number))
        while rest.bytes > 0, let count = read() { rest.take(count) }
      } catch {
        onFailure(error)
      }
    }
    close()
    whenDone()
  }

  /// Nothing waits here.
  func abandon() {}

  /// Reads once; nil where there is nothing, or nothing any more.
  @discardableResult private func read() -> Int? {
    guard let number = descriptor?.number else { return nil }
    do throws(SystemCallError) {
      switch try number.readAvailable(into: &buffer) {
      case .moved(let count):
        let kept = min(count, limit - bytes.count)
        bytes += buffer[..<kept]
        cut += count - kept
        return count
      case .wouldBlock: return nil
      case .ended: close()
      }
    } catch {
      onFailure(error)
      close()
    }
    return nil
  }

  private func close() {
    watch?.cancel()
    watch = nil
    descriptor = nil
  }
}
