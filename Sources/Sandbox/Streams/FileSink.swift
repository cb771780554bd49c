internal import SandboxKernel

/// Writes what a program writes by writes that may block, on a thread of its own: to the caller's file, at its offset or at
/// its end where it was opened to append, or to the caller's terminal.
@Reactor final class FileSink: OutputSink {
  /// How the caller's descriptor takes bytes.
  enum Way: Sendable {
    /// All at once: nothing but the disk is waited for.
    case file
    /// As many as are sure not to wait, or nearly so, where it could not be opened again.
    case pieces
    case socket
  }

  private(set) var cut = 0
  /// Nil once this is closed: who waits for the end of a socket must not wait for whoever still holds the process.
  private var file: SharedDescriptor?
  private let way: Way
  private let onFailure: @Reactor @Sendable (SystemCallError) -> Void
  /// Nil once this is closed.
  private var thread: RelayThread?
  private var descriptor: OwnedDescriptor?
  private var watch: Watch?
  /// How much of what is being written is still to be.
  private var writing: Progress?
  private var rest: Remainder?
  private var whenDone: (@Reactor () -> Void)?
  private var buffer = [UInt8](repeating: 0, count: 65536)
  /// What a pipe that is ready takes without waiting: PIPE_BUF.
  private nonisolated static let piece = 4096

  private final class Progress: Sendable {
    private let left: Locked<Int>
    init(_ left: Int) { self.left = Locked(left) }
    var value: Int { left.withLock { $0 } }
    func advance(_ count: Int) { left.withLock { $0 -= count } }
  }

  /// - Throws: where there is no thread to be had; not later, when a program of the same user may have taken the last.
  init(
    _ file: consuming OwnedDescriptor, way: Way, onFailure: @escaping @Reactor @Sendable (SystemCallError) -> Void
  ) throws(SystemCallError) {
    self.file = SharedDescriptor(file)
    self.way = way
    self.onFailure = onFailure
    self.thread = try RelayThread()
  }

  func attach(_ descriptor: consuming OwnedDescriptor) {
    self.descriptor = consume descriptor
    move()
  }

  func jailEnded(whenDone: @escaping @Reactor () -> Void) {
    self.whenDone = whenDone
    guard let number = descriptor?.number, thread != nil else { return close() }
    do throws(SystemCallError) {
      rest = try Remainder(of: number, isTerminal: OwnedDescriptor.isTerminal(number))
      move()
    } catch {
      fail(error)
    }
  }

  func abandon() {
    guard thread != nil else { return }
    cut = writing?.value ?? 0
    do throws(SystemCallError) {
      while rest?.bytes != 0, let number = descriptor?.number, case .moved(let count) = try number.readAvailable(into: &buffer) {
        cut += count
        rest?.take(count)
      }
      close()
    } catch {
      // How much more there was is not known.
      fail(error)
    }
  }

  private func move() {
    if writing != nil || thread == nil { return }
    guard let number = descriptor?.number, rest?.bytes != 0 else { return close() }
    do throws(SystemCallError) {
      switch try number.readAvailable(into: &buffer) {
      case .moved(let count):
        rest?.take(count)
        write(Array(buffer[..<count]))
      case .ended: close()
      case .wouldBlock where rest != nil: close()
      case .wouldBlock:
        if watch == nil { watch = try Reactor.watch(number, for: .readable) { [weak self] _ in self?.move() } }
      }
    } catch {
      fail(error)
    }
  }

  private func write(_ bytes: [UInt8]) {
    guard let file else { return }
    let progress = Progress(bytes.count)
    writing = progress
    watch?.cancel()
    watch = nil
    thread?.perform { [file, way] interruption in
      var failure: SystemCallError?
      var isRead = true
      do throws(SystemCallError) {
        isRead = try Self.write(bytes, to: file.number, way, progress, interruption)
      } catch {
        failure = error
      }
      Reactor.perform { [isRead, failure] in self.wrote(isRead: isRead, failure: failure) }
    }
  }

  /// False where nobody will read it.
  private nonisolated static func write(
    _ bytes: [UInt8], to number: CInt, _ way: Way, _ progress: Progress, _ interruption: RelayThread.Interruption
  ) throws(SystemCallError) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      if case .file = way {} else { guard try interruption.wait(for: number, toWrite: true) else { return true } }
      let transfer =
        switch way {
        case .file: try number.writeAvailable(rest)
        case .pieces: try number.writeAvailable(rest.prefix(piece))
        case .socket: try number.sendAvailable(rest)
        }
      switch transfer {
      case .moved(let count):
        progress.advance(count)
        rest = rest.dropFirst(count)
      case .ended: return false
      // Full; or ready for less than the smallest piece, which a terminal may be for a moment.
      case .wouldBlock: guard try interruption.pause(milliseconds: 10) else { return true }
      }
    }
    return true
  }

  private func wrote(isRead: Bool, failure: SystemCallError?) {
    writing = nil
    guard thread != nil else { return }
    if let failure { return fail(failure) }
    // The program learns of it by SIGPIPE, as from any pipe.
    if !isRead { descriptor = nil }
    move()
  }

  /// Told before this closes, which may be what the jail's end waits for.
  private func fail(_ error: SystemCallError) {
    onFailure(error)
    close()
  }

  private func close() {
    watch?.cancel()
    watch = nil
    descriptor = nil
    thread = nil
    file = nil
    whenDone?()
    whenDone = nil
  }
}
