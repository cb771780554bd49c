internal import CSyscalls

/// What came of moving bytes without waiting.
package enum Transfer: Sendable, Hashable {
  case moved(Int)
  /// Nothing to read, or no room, at the moment.
  case wouldBlock
  /// The other side is gone: nothing will ever come, or nobody will ever read.
  case ended
}

extension CInt {
  /// `read(2)` of a descriptor that does not block, or has something to read.
  package func readAvailable(into buffer: inout [UInt8]) throws(SystemCallError) -> Transfer {
    let n = uninterrupted { csys_read(self, &buffer, buffer.count) }
    // EIO is the end of a terminal whose other side is closed.
    if n == 0 || n == -5 { return .ended }
    if n == -Int(CSYS_EAGAIN) { return .wouldBlock }
    return .moved(try check(n, "read", "\(self)"))
  }

  /// `write(2)` to a descriptor that does not block, or has room.
  package func writeAvailable(_ bytes: ArraySlice<UInt8>) throws(SystemCallError) -> Transfer {
    let n = uninterrupted { bytes.withUnsafeBytes { csys_write(self, $0.baseAddress, $0.count) } }
    if n == -32 || n == -5 { return .ended }  // EPIPE; EIO of a terminal
    if n == -Int(CSYS_EAGAIN) { return .wouldBlock }
    return .moved(try check(n, "write", "\(self), \(bytes.count) bytes"))
  }

  /// `splice(2)` between two pipes without waiting, whatever their flags say.
  package func spliceAvailable(to pipe: CInt) throws(SystemCallError) -> Transfer {
    let moveAndNonBlock: UInt32 = 1 | 2
    let n = uninterrupted { csys_splice(self, pipe, 1 << 20, moveAndNonBlock) }
    if n == 0 || n == -32 { return .ended }
    if n == -Int(CSYS_EAGAIN) { return .wouldBlock }
    return .moved(try check(n, "splice", "\(self), \(pipe)"))
  }
}

extension CInt {
  /// Whether a read would not wait: `poll(2)` without waiting itself.
  package func isReadable() throws(SystemCallError) -> Bool {
    try poll(events: 0x1, milliseconds: 0)
  }

  /// Waits until a write would not.
  package func waitUntilWritable() throws(SystemCallError) { _ = try poll(events: 0x4, milliseconds: nil) }

  private func poll(events: Int16, milliseconds: Int64?) throws(SystemCallError) -> Bool {
    var wait = csys_pollfd(fd: self, events: events, revents: 0)
    var timeout = csys_timespec(tv_sec: (milliseconds ?? 0) / 1000, tv_nsec: (milliseconds ?? 0) % 1000 * 1_000_000)
    let n = uninterrupted { milliseconds == nil ? csys_ppoll(&wait, 1, nil) : csys_ppoll(&wait, 1, &timeout) }
    return try check(n, "ppoll", "\(self)") > 0
  }
}
