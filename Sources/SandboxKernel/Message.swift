internal import CSyscalls

/// A message of a jailer, with the descriptor that came with it.
package struct Message: ~Copyable {
  package let bytes: [UInt8]
  package var descriptor: OwnedDescriptor?

  /// Sends a message and descriptors without waiting.
  ///
  /// - Returns: false where the socket has no room at the moment.
  /// - Throws: sendmsg(2), with EPIPE or ECONNRESET where nobody holds the other end.
  package static func send(_ bytes: [UInt8], descriptors: [CInt], to socket: CInt) throws(SystemCallError) -> Bool {
    precondition(descriptors.count <= Int(CSYS_CMSG_MOST_FDS), "more descriptors than a message carries")
    var control = csys_cmsg_fds()
    let headSize = MemoryLayout<csys_cmsg_fds>.offset(of: \.fd)!
    control.length = UInt64(headSize + descriptors.count * 4)
    control.level = CSYS_SOL_SOCKET
    control.type = CSYS_SCM_RIGHTS
    withUnsafeMutableBytes(of: &control.fd) { $0.copyBytes(from: descriptors.withUnsafeBytes { Array($0) }) }
    let sent = bytes.withUnsafeBytes { bytes in
      withUnsafeMutablePointer(to: &control) { control in
        transfer(bytes, UnsafeRawPointer(control), (headSize + descriptors.count * 4 + 7) / 8 * 8) { header in
          csys_sendmsg(socket, &header, CSYS_MSG_DONTWAIT | CSYS_MSG_NOSIGNAL)
        }
      }
    }
    if sent == -Int(CSYS_EAGAIN) { return false }
    _ = try check(sent, "sendmsg", "\(descriptors.count) descriptors")
    return true
  }

  /// The next message of a socket without waiting; nil where there is none yet, empty at its end.
  package static func receive(from socket: CInt) throws(SystemCallError) -> Message? {
    var buffer = [UInt8](repeating: 0, count: 64)
    var control = csys_cmsg_fd()
    let received = buffer.withUnsafeMutableBytes { buffer in
      withUnsafeMutablePointer(to: &control) { control in
        transfer(UnsafeRawBufferPointer(buffer), UnsafeRawPointer(control), MemoryLayout<csys_cmsg_fd>.size) { header in
          let n = csys_recvmsg(socket, &header, CSYS_MSG_DONTWAIT | CSYS_MSG_CMSG_CLOEXEC)
          if header.control_length < 20 { control.pointee.type = 0 }
          return n
        }
      }
    }
    if received == -Int(CSYS_EAGAIN) { return nil }
    // ECONNRESET: it ended with a message of ours unread.
    if received == -Int(CSYS_ECONNRESET) { return Message(bytes: [], descriptor: nil) }
    _ = try check(received, "recvmsg")
    var descriptor: OwnedDescriptor?
    if control.level == CSYS_SOL_SOCKET, control.type == CSYS_SCM_RIGHTS { descriptor = try OwnedDescriptor(created: control.fd) }
    return Message(bytes: Array(buffer[..<received]), descriptor: descriptor)
  }

  /// A call with one part and one control message, for either direction.
  private static func transfer(
    _ bytes: UnsafeRawBufferPointer, _ control: UnsafeRawPointer, _ controlLength: Int, _ call: (inout csys_msghdr) -> Int
  ) -> Int {
    var part = csys_iovec(base: UInt64(UInt(bitPattern: bytes.baseAddress!)), length: UInt64(bytes.count))
    return withUnsafeMutablePointer(to: &part) { part in
      uninterrupted {
        var header = csys_msghdr()
        header.iov = UInt64(UInt(bitPattern: part))
        header.iov_length = 1
        header.control = UInt64(UInt(bitPattern: control))
        header.control_length = UInt64(controlLength)
        return call(&header)
      }
    }
  }
}
