internal import SandboxKernel

/// Feeds a program's input from a descriptor of the caller's that can be waited for: its terminal, a socket, a pipe.
@Reactor final class ReadySource {
  private var descriptor: OwnedDescriptor?
  private let pump: InputPump
  private let onFailure: @Reactor (SystemCallError) -> Void
  private var watch: Watch?
  private var buffer = [UInt8](repeating: 0, count: 4096)

  init(_ descriptor: consuming OwnedDescriptor, pump: InputPump, onFailure: @escaping @Reactor (SystemCallError) -> Void) {
    self.descriptor = consume descriptor
    self.pump = pump
    self.onFailure = onFailure
  }

  func start() {
    guard let number = descriptor?.number else { return }
    do throws(SystemCallError) {
      watch = try Reactor.watch(number, for: .readable) { [weak self] _ in self?.read() }
    } catch {
      onFailure(error)
    }
  }

  func close() {
    watch?.cancel()
    watch = nil
    descriptor = nil
  }

  private func read() {
    guard let number = descriptor?.number else { return }
    do throws(SystemCallError) {
      switch try number.readAvailable(into: &buffer) {
      case .wouldBlock: return
      case .ended:
        close()
        pump.finish()
      case .moved(let count):
        // No more is read until this has been written.
        watch?.cancel()
        watch = nil
        pump.write(Array(buffer[..<count])) { [weak self] result in
          if result == .written { self?.start() } else { self?.close() }
        }
      }
    } catch {
      close()
      onFailure(error)
    }
  }
}
