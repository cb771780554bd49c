internal import SandboxKernel

/// Collects what a program writes, up to a limit, and counts the rest.
@Reactor final class OutputCollector: OutputSink {
  private(set) var cut = 0
  /// Whether nothing was to be collected in the first place.
  let discards: Bool
  private let limit: Int
  private let onFailure: @Reactor (SystemCallError) -> Void
  private var collected = GrowingBytes()
  private var descriptor: OwnedDescriptor?
  private var watch: Watch?
  private var hasLargePipe = false

  /// What is beyond the limit is read to here; one for all, since nothing else runs while it is filled.
  private static var dropped: [UInt8] = []
  /// As much as a pipe holds that was made as large as an ordinary user may.
  private static let mostAtOnce = 1 << 20

  init(limit: Int, discards: Bool = false, onFailure: @escaping @Reactor (SystemCallError) -> Void) {
    self.limit = limit
    self.discards = discards
    self.onFailure = onFailure
  }

  /// What has been collected; once, at the end.
  func takeBytes() -> [UInt8] { collected.take() }

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
      let room = limit - collected.count
      let transfer =
        room > 0 ? try collected.read(from: number, most: min(room, Self.mostAtOnce), limit: limit) : try drop(from: number)
      switch transfer {
      case .moved(let count):
        if room <= 0 { cut += count }
        if !hasLargePipe, collected.count + cut > Self.mostAtOnce {
          hasLargePipe = true
          // A smaller one does, too: the kernel bounds what one user's pipes may hold together.
          _ = number.setPipeSize(Self.mostAtOnce)
        }
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

  private func drop(from number: CInt) throws(SystemCallError) -> Transfer {
    if Self.dropped.isEmpty { Self.dropped = [UInt8](repeating: 0, count: 1 << 18) }
    return try number.readAvailable(into: &Self.dropped)
  }

  private func close() {
    watch?.cancel()
    watch = nil
    descriptor = nil
  }
}
