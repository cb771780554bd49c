internal import SandboxKernel

/// Gives what a program writes to a reader that asks for it, and reads no sooner: the pipe's bound is the program's.
@Reactor final class OutputChannel: OutputSink {
  private var descriptor: OwnedDescriptor?
  private var watch: Watch?
  /// What is left once the jail has ended.
  private var rest: Remainder?
  private var hasJailEnded = false
  private var isClosed = false
  private var failure: Sandbox.Error?
  private var readers: [(id: Int, continuation: CheckedContinuation<Result<[UInt8]?, Sandbox.Error>, Never>)] = []
  private var lastID = 0
  private var buffer = [UInt8](repeating: 0, count: 65536)

  init() {}

  /// What nobody asks for is not cut: it is there.
  var cut: Int { 0 }

  func attach(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = consume descriptor
    serve()
  }

  /// The pipe keeps what was written; its reader may still ask for it.
  func jailEnded(whenDone: @escaping @Reactor () -> Void) {
    hasJailEnded = true
    if let number = descriptor?.number {
      do throws(SystemCallError) {
        rest = try Remainder(of: number, isTerminal: OwnedDescriptor.isTerminal(number))
      } catch {
        failure = Sandbox.Error(error)
        close()
      }
    }
    serve()
    whenDone()
  }

  /// The reader may take its time.
  func abandon() {}

  /// The next chunk; nil at the end.
  func next() async -> Result<[UInt8]?, Sandbox.Error> {
    lastID += 1
    let id = lastID
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled { return continuation.resume(returning: .failure(.cancelled)) }
        readers.append((id, continuation))
        serve()
      }
    } onCancel: {
      Reactor.perform { self.giveUp(id) }
    }
  }

  private func giveUp(_ id: Int) {
    guard let index = readers.firstIndex(where: { $0.id == id }) else { return }
    readers.remove(at: index).continuation.resume(returning: .failure(.cancelled))
  }

  private func serve() {
    while !readers.isEmpty {
      guard let number = descriptor?.number else {
        guard isClosed || hasJailEnded else { return }
        readers.removeFirst().continuation.resume(returning: failure.map { .failure($0) } ?? .success(nil))
        failure = nil
        continue
      }
      if rest?.bytes == 0 {
        close()
        continue
      }
      do throws(SystemCallError) {
        switch try number.readAvailable(into: &buffer) {
        case .moved(let count):
          rest?.take(count)
          readers.removeFirst().continuation.resume(returning: .success(Array(buffer[..<count])))
        case .ended: close()
        case .wouldBlock where hasJailEnded: close()
        case .wouldBlock:
          if let watch { return watch.change(to: .readable) }
          watch = try Reactor.watch(number, for: .readable) { [weak self] _ in self?.serve() }
          return
        }
      } catch {
        close()
        readers.removeFirst().continuation.resume(returning: .failure(Sandbox.Error(error)))
      }
    }
    // Nobody asks: what comes must wait in the pipe.
    watch?.cancel()
    watch = nil
  }

  private func close() {
    isClosed = true
    watch?.cancel()
    watch = nil
    descriptor = nil
  }
}
