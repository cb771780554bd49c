internal import SandboxKernel

/// Moves bytes from one pipe to another, without copying them: from a pipe of the caller's to one of the jail's own, or
/// back. The caller's end may block, and stays as it is: splice(2) is told not to wait.
@Reactor final class PipeRelay: OutputSink {
  private var source: OwnedDescriptor?
  private var sink: OwnedDescriptor?
  private var watch: Watch?
  private var isAbandoned = false
  private let onFailure: @Reactor (SystemCallError) -> Void
  private var whenDone: (@Reactor () -> Void)?

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

  func jailEnded(isAbandoned: Bool, whenDone: @escaping @Reactor () -> Void) {
    self.isAbandoned = isAbandoned
    self.whenDone = whenDone
    // Whatever is in the pipe is there now; nothing more comes, though someone may hold its other end.
    hasSourceEnded = true
    move()
  }

  private var hasSourceEnded = false

  private func move() {
    guard let from = source?.number, let to = sink?.number else { return close() }
    do throws(SystemCallError) {
      while true {
        switch try from.spliceAvailable(to: to) {
        case .moved: continue
        case .ended: return close()
        case .wouldBlock:
          // One of the two made it wait; which, the other's readiness tells.
          if try from.isReadable() {
            if isAbandoned { return close() }
            return wait(forSource: false)
          }
          return hasSourceEnded ? close() : wait(forSource: true)
        }
      }
    } catch {
      close()
      onFailure(error)
    }
  }

  private func wait(forSource: Bool) {
    watch?.cancel()
    watch = nil
    guard let from = source?.number, let to = sink?.number else { return close() }
    do throws(SystemCallError) {
      watch = try Reactor.watch(forSource ? from : to, for: forSource ? .readable : .writable) { [weak self] _ in self?.move() }
    } catch {
      close()
      onFailure(error)
    }
  }
}
