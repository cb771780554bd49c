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
  ///
  /// - Parameter endsWithEIO: as on a pseudo-terminal's master whose other side is closed. On the other side it means that
  ///   the reader is a background job.
  package func readAvailable(into buffer: inout [UInt8], endsWithEIO: Bool = true) throws(SystemCallError) -> Transfer {
    try readAvailable(into: &buffer, at: 0, most: buffer.count, endsWithEIO: endsWithEIO)
  }

  /// The same into a part of a buffer.
  package func readAvailable(
    into buffer: inout [UInt8], at place: Int, most: Int, endsWithEIO: Bool = true
  ) throws(SystemCallError) -> Transfer {
    precondition(place >= 0 && most >= 0 && place + most <= buffer.count)
    let n = uninterrupted { buffer.withUnsafeMutableBytes { csys_read(self, $0.baseAddress.map { $0 + place }, most) } }
    if n == 0 || n == -5 && endsWithEIO { return .ended }
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

  /// `recvmsg(2)` of a socket without waiting, whatever its flags say.
  package func receiveAvailable(into buffer: inout [UInt8]) throws(SystemCallError) -> Transfer {
    let n = uninterrupted {
      buffer.withUnsafeMutableBytes { buffer in
        Self.message(of: UnsafeRawBufferPointer(buffer)) { csys_recvmsg(self, $0, CSYS_MSG_DONTWAIT) }
      }
    }
    if n == 0 || n == -104 { return .ended }  // ECONNRESET
    if n == -Int(CSYS_EAGAIN) { return .wouldBlock }
    return .moved(try check(n, "recvmsg", "\(self)"))
  }

  /// `sendmsg(2)` to a socket without waiting, whatever its flags say.
  package func sendAvailable(_ bytes: ArraySlice<UInt8>) throws(SystemCallError) -> Transfer {
    let n = uninterrupted {
      bytes.withUnsafeBytes { bytes in
        Self.message(of: bytes) { csys_sendmsg(self, $0, CSYS_MSG_DONTWAIT | CSYS_MSG_NOSIGNAL) }
      }
    }
    if n == -32 || n == -104 { return .ended }  // EPIPE, ECONNRESET
    if n == -Int(CSYS_EAGAIN) { return .wouldBlock }
    return .moved(try check(n, "sendmsg", "\(self), \(bytes.count) bytes"))
  }

  private static func message(
    of bytes: UnsafeRawBufferPointer, _ body: (UnsafeMutablePointer<csys_msghdr>) -> Int
  ) -> Int {
    var part = csys_iovec(base: UInt64(UInt(bitPattern: bytes.baseAddress)), length: UInt64(bytes.count))
    return withUnsafeMutablePointer(to: &part) { part in
      var header = csys_msghdr()
      header.iov = UInt64(UInt(bitPattern: part))
      header.iov_length = 1
      return withUnsafeMutablePointer(to: &header, body)
    }
  }

  /// `splice(2)` between two pipes without waiting, whatever their flags say, of at most `most` bytes.
  package func spliceAvailable(to pipe: CInt, most: Int = 1 << 20) throws(SystemCallError) -> Transfer {
    let moveAndNonBlock: UInt32 = 1 | 2
    let n = uninterrupted { csys_splice(self, pipe, most, moveAndNonBlock) }
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

  /// How many bytes a pipe, a socket or a terminal holds for a reader: `ioctl(FIONREAD)`.
  package func readableBytes() throws(SystemCallError) -> Int {
    var count: CInt = 0
    let result = withUnsafeMutablePointer(to: &count) { csys_ioctl(self, UInt(CSYS_FIONREAD), Int(bitPattern: $0)) }
    _ = try check(result, "ioctl", "\(self), FIONREAD")
    return Int(count)
  }

  /// `fcntl(F_SETPIPE_SZ)` of a pipe; false where it keeps its size, since this user's pipes hold too much already.
  package func setPipeSize(_ size: Int) -> Bool { csys_fcntl(self, CSYS_F_SETPIPE_SZ, size) >= 0 }

  /// Waits until a write would not.
  package func waitUntilWritable() throws(SystemCallError) { _ = try poll(events: 0x4, milliseconds: nil) }

  private func poll(events: Int16, milliseconds: Int64?) throws(SystemCallError) -> Bool {
    var wait = csys_pollfd(fd: self, events: events, revents: 0)
    var timeout = csys_timespec(tv_sec: (milliseconds ?? 0) / 1000, tv_nsec: (milliseconds ?? 0) % 1000 * 1_000_000)
    let n = uninterrupted { milliseconds == nil ? csys_ppoll(&wait, 1, nil) : csys_ppoll(&wait, 1, &timeout) }
    return try check(n, "ppoll", "\(self)") > 0
  }
}
