internal import SandboxKernel

/// Feeds a program's input from what is read by blocking reads, on a thread of its own: the caller's file, from where its
/// offset stands, or a device.
@Reactor final class FileSource {
  private let file: SharedDescriptor
  private let pump: InputPump
  private let onFailure: @Reactor @Sendable (SystemCallError) -> Void
  /// Nil once no more is to be read.
  private var thread: RelayThread?
  private nonisolated static let chunk = 1 << 17

  /// - Throws: where there is no thread to be had; not later, when a program of the same user may have taken the last.
  init(
    _ file: consuming OwnedDescriptor, pump: InputPump, onFailure: @escaping @Reactor @Sendable (SystemCallError) -> Void
  ) throws(SystemCallError) {
    self.file = SharedDescriptor(file)
    self.pump = pump
    self.onFailure = onFailure
    self.thread = try RelayThread()
  }

  /// Reads a chunk, writes it, and goes on when it has been written.
  func start() {
    thread?.perform { [file] interruption in
      let result: Swift.Result<[UInt8], SystemCallError>
      do throws(SystemCallError) {
        guard let bytes = try Self.read(file.number, interruption) else { return }
        result = .success(bytes)
      } catch {
        result = .failure(error)
      }
      Reactor.perform { self.took(result) }
    }
  }

  func close() { thread = nil }

  /// A chunk, empty at the end; nil where nobody wants it any more.
  private nonisolated static func read(
    _ number: CInt, _ interruption: RelayThread.Interruption
  ) throws(SystemCallError) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: chunk)
    while try interruption.wait(for: number, toWrite: false) {
      switch try number.readAvailable(into: &buffer) {
      case .moved(let count): return Array(buffer[..<count])
      case .ended: return []
      case .wouldBlock: continue
      }
    }
    return nil
  }

  private func took(_ result: Swift.Result<[UInt8], SystemCallError>) {
    guard thread != nil else { return }
    switch result {
    case .failure(let error):
      onFailure(error)
      pump.close()
      close()
    case .success(let bytes) where bytes.isEmpty:
      pump.finish()
      close()
    case .success(let bytes):
      pump.write(bytes) { result in
        if result == .written { self.start() } else { self.close() }
      }
    }
  }
}
