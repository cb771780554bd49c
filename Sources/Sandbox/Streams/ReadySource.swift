internal import SandboxKernel
internal import SystemPackage

/// Feeds a program's input from a descriptor that is read without waiting: a socket of the caller's, a terminal that was
/// opened again, a pipe of our own. That a descriptor is ready says nothing where others read it too, and what does not
/// come then would stop the reactor.
@Reactor final class ReadySource {
  private var descriptor: OwnedDescriptor?
  private let isSocket: Bool
  private let isTerminal: Bool
  private let pump: InputPump
  private let onFailure: @Reactor (SystemCallError) -> Void
  private var watch: Watch?
  private var pause: Alarm?
  private var buffer = [UInt8](repeating: 0, count: 4096)

  /// - Parameter descriptor: does not block, unless it is a socket.
  init(
    _ descriptor: consuming OwnedDescriptor, kind: HandedDescriptor.Kind, pump: InputPump,
    onFailure: @escaping @Reactor @Sendable (SystemCallError) -> Void
  ) {
    self.descriptor = consume descriptor
    if case .socket = kind { isSocket = true } else { isSocket = false }
    if case .terminal = kind { isTerminal = true } else { isTerminal = false }
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
    pause?.cancel()
    unwatch()
    descriptor = nil
  }

  private func unwatch() {
    watch?.cancel()
    watch = nil
  }

  private func read() {
    guard let number = descriptor?.number else { return }
    do throws(SystemCallError) {
      let transfer =
        isSocket
        ? try number.receiveAvailable(into: &buffer) : try number.readAvailable(into: &buffer, endsWithEIO: !isTerminal)
      switch transfer {
      case .wouldBlock: return
      case .ended:
        close()
        pump.finish()
      case .moved(let count):
        // No more is read until this has been written.
        unwatch()
        pump.write(Array(buffer[..<count])) { [weak self] result in
          if result == .written { self?.start() } else { self?.close() }
        }
      }
    } catch {
      // The caller is a background job of its terminal, for the moment at least: what is typed is not for it.
      if isTerminal, error.errno == .ioError {
        unwatch()
        pause = Reactor.after(.milliseconds(250)) { [weak self] in self?.start() }
        return
      }
      close()
      onFailure(error)
    }
  }
}
