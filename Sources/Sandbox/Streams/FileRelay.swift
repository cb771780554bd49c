internal import SandboxKernel
internal import SystemPackage

/// Reads and writes of the caller's files, which block and cannot be waited for, happen on this thread.
enum FileThread {
  static let shared = WorkThread()
}

/// Feeds a program's input from a file of the caller's, from where its offset stands.
@Reactor final class FileSource {
  private let file: SharedDescriptor
  private let pump: InputPump
  private let onFailure: @Reactor @Sendable (SystemCallError) -> Void
  private nonisolated static let chunk = 1 << 17

  init(_ file: consuming OwnedDescriptor, pump: InputPump, onFailure: @escaping @Reactor @Sendable (SystemCallError) -> Void) {
    self.file = SharedDescriptor(file)
    self.pump = pump
    self.onFailure = onFailure
  }

  /// Reads a chunk, writes it, and goes on when it has been written.
  func start() {
    do throws(SystemCallError) {
      try FileThread.shared.perform { [file] in
        let result: Swift.Result<[UInt8], SystemCallError>
        do throws(SystemCallError) {
          var buffer = [UInt8](repeating: 0, count: Self.chunk)
          switch try file.number.readAvailable(into: &buffer) {
          case .moved(let count): result = .success(Array(buffer[..<count]))
          case .ended: result = .success([])
          case .wouldBlock: throw SystemCallError("read", "\(file.number)", errno: .init(rawValue: 11))
          }
        } catch {
          result = .failure(error)
        }
        Reactor.perform { self.took(result) }
      }
    } catch {
      onFailure(error)
    }
  }

  private func took(_ result: Swift.Result<[UInt8], SystemCallError>) {
    switch result {
    case .failure(let error):
      pump.close()
      onFailure(error)
    case .success(let bytes) where bytes.isEmpty: pump.finish()
    case .success(let bytes):
      pump.write(bytes) { result in
        if result == .written { self.start() }
      }
    }
  }
}

/// Writes what a program writes to a file of the caller's, at its offset, or at its end where it was opened to append.
@Reactor final class FileSink: OutputSink {
  private let file: SharedDescriptor
  private let onFailure: @Reactor @Sendable (SystemCallError) -> Void
  private var descriptor: OwnedDescriptor?
  private var watch: Watch?
  private var isWriting = false
  private var hasJailEnded = false
  private var whenDone: (@Reactor () -> Void)?
  private var buffer = [UInt8](repeating: 0, count: 65536)

  init(_ file: consuming OwnedDescriptor, onFailure: @escaping @Reactor @Sendable (SystemCallError) -> Void) {
    self.file = SharedDescriptor(file)
    self.onFailure = onFailure
  }

  func attach(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = consume descriptor
    move()
  }

  func jailEnded(isAbandoned: Bool, whenDone: @escaping @Reactor () -> Void) {
    hasJailEnded = true
    if isAbandoned {
      close()
      return whenDone()
    }
    self.whenDone = whenDone
    move()
  }

  private func move() {
    if isWriting { return }
    guard let number = descriptor?.number else { return close() }
    do throws(SystemCallError) {
      switch try number.readAvailable(into: &buffer) {
      case .moved(let count): try write(Array(buffer[..<count]))
      case .ended: close()
      case .wouldBlock where hasJailEnded: close()
      case .wouldBlock:
        if let watch { return watch.change(to: .readable) }
        watch = try Reactor.watch(number, for: .readable) { [weak self] _ in self?.move() }
      }
    } catch {
      close()
      onFailure(error)
    }
  }

  private func write(_ bytes: [UInt8]) throws(SystemCallError) {
    isWriting = true
    watch?.cancel()
    watch = nil
    try FileThread.shared.perform { [file] in
      var rest = bytes[...]
      var hasEnded = false
      var failure: SystemCallError?
      do throws(SystemCallError) {
        while !rest.isEmpty, !hasEnded {
          switch try file.number.writeAvailable(rest) {
          case .moved(let count): rest = rest.dropFirst(count)
          case .ended: hasEnded = true
          // The caller's descriptor does not block: wait for it here.
          case .wouldBlock: try file.number.waitUntilWritable()
          }
        }
      } catch {
        failure = error
      }
      Reactor.perform { [hasEnded, failure] in self.wrote(hasEnded: hasEnded, failure: failure) }
    }
  }

  private func wrote(hasEnded: Bool, failure: SystemCallError?) {
    isWriting = false
    // The program learns of it by SIGPIPE, as from any pipe.
    if hasEnded || failure != nil { descriptor = nil }
    if let failure { onFailure(failure) }
    move()
  }

  private func close() {
    watch?.cancel()
    watch = nil
    descriptor = nil
    whenDone?()
    whenDone = nil
  }
}
