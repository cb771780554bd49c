internal import SandboxKernel

/// Something that takes what a program writes.
@Reactor protocol OutputSink: AnyObject {
  /// Begins, or goes on, to read from a descriptor that does not block.
  func attach(_ descriptor: consuming OwnedDescriptor)
  /// The jail has ended: what has been written so far is all there is, whoever else may hold the other end.
  ///
  /// - Parameter isAbandoned: nobody waits for what could only be delivered by waiting.
  func jailEnded(isAbandoned: Bool, whenDone: @escaping @Reactor () -> Void)
}

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
      watch = try Reactor.watch(number, for: .readable) { [weak self] _ in self?.read(all: false) }
    } catch {
      close()
      onFailure(error)
    }
  }

  func jailEnded(isAbandoned: Bool, whenDone: @escaping @Reactor () -> Void) {
    read(all: true)
    close()
    whenDone()
  }

  /// - Parameter all: until there is nothing more; else a little, so that other jails have their turn.
  private func read(all: Bool) {
    guard let number = descriptor?.number else { return }
    do throws(SystemCallError) {
      repeat {
        switch try number.readAvailable(into: &buffer) {
        case .moved(let count):
          let kept = min(count, limit - bytes.count)
          bytes += buffer[..<kept]
          cut += count - kept
        case .wouldBlock: return
        case .ended: return close()
        }
      } while all
    } catch {
      close()
      onFailure(error)
    }
  }

  private func close() {
    watch?.cancel()
    watch = nil
    descriptor = nil
  }
}
