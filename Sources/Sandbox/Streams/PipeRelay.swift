internal import SandboxKernel

/// Moves bytes from one pipe to another, without copying them: from a pipe of the caller's to one of our own, or back. The
/// caller's end may block, and stays as it is: splice(2) is told not to wait, however many others read or write there.
@Reactor final class PipeRelay: OutputSink {
  private(set) var cut = 0
  private var source: OwnedDescriptor?
  private var sink: OwnedDescriptor?
  private var watch: Watch?
  private let onFailure: @Reactor (SystemCallError) -> Void
  private var whenDone: (@Reactor () -> Void)?
  /// What is left once the jail has ended.
  private var rest: Remainder?
  /// How often something is moved, at most a pipe's content, before others have their turn.
  private static let budget = 8

  /// - Parameter source: nil where it comes with ``attach(_:)``.
  init(
    from source: consuming OwnedDescriptor?, to sink: consuming OwnedDescriptor,
    onFailure: @escaping @Reactor (SystemCallError) -> Void
  ) {
    self.source = consume source
    self.sink = consume sink
    self.onFailure = onFailure
  }

  func attach(_ descriptor: consuming OwnedDescriptor) {
    source = consume descriptor
    start()
  }

  func start() { wait(forSource: true) }

  func close() {
    watch?.cancel()
    watch = nil
    source = nil
    sink = nil
    whenDone?()
    whenDone = nil
  }

  func jailEnded(whenDone: @escaping @Reactor () -> Void) {
    self.whenDone = whenDone
    guard let from = source?.number else { return close() }
    do throws(SystemCallError) {
      rest = try Remainder(of: from, isTerminal: false)
      move()
    } catch {
      fail(error)
    }
  }

  func abandon() {
    if sink != nil, let rest { cut = rest.bytes }
    close()
  }

  private func move() {
    guard let from = source?.number, let to = sink?.number else { return close() }
    do throws(SystemCallError) {
      for _ in 0..<Self.budget {
        if rest?.bytes == 0 { return close() }
        switch try from.spliceAvailable(to: to, most: rest?.bytes ?? 1 << 20) {
        case .moved(let count): rest?.take(count)
        case .ended: return close()
        case .wouldBlock:
          // One of the two made it wait; which, the other's readiness tells.
          if try from.isReadable() { return wait(forSource: false) }
          return rest != nil ? close() : wait(forSource: true)
        }
      }
      wait(forSource: true)
    } catch {
      fail(error)
    }
  }

  private func wait(forSource: Bool) {
    watch?.cancel()
    watch = nil
    guard let from = source?.number, let to = sink?.number else { return close() }
    do throws(SystemCallError) {
      watch = try Reactor.watch(forSource ? from : to, for: forSource ? .readable : .writable) { [weak self] _ in self?.move() }
    } catch {
      fail(error)
    }
  }

  /// Told before this closes, which may be what the jail's end waits for.
  private func fail(_ error: SystemCallError) {
    onFailure(error)
    close()
  }
}
