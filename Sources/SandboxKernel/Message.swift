internal import CSyscalls

/// A message of a jailer, with the descriptor that came with it.
package struct Message: ~Copyable {
  package let bytes: [UInt8]
  package var descriptor: OwnedDescriptor?

  /// The next message of a socket without waiting; nil where there is none yet, empty at its end.
  package static func receive(from socket: CInt) throws(SystemCallError) -> Message? {
    var buffer = [UInt8](repeating: 0, count: 64)
    var control = csys_cmsg_fd()
    var received = 0
    received = uninterrupted {
      buffer.withUnsafeMutableBytes { buffer in
        withUnsafeMutablePointer(to: &control) { control in
          var part = csys_iovec(base: UInt64(UInt(bitPattern: buffer.baseAddress!)), length: UInt64(buffer.count))
          return withUnsafeMutablePointer(to: &part) { part in
            var header = csys_msghdr()
            header.iov = UInt64(UInt(bitPattern: part))
            header.iov_length = 1
            header.control = UInt64(UInt(bitPattern: control))
            header.control_length = UInt64(MemoryLayout<csys_cmsg_fd>.size)
            let n = csys_recvmsg(socket, &header, CSYS_MSG_DONTWAIT | CSYS_MSG_CMSG_CLOEXEC)
            if header.control_length < 20 { control.pointee.type = 0 }
            return n
          }
        }
      }
    }
    if received == -Int(CSYS_EAGAIN) { return nil }
    _ = try check(received, "recvmsg")
    var descriptor: OwnedDescriptor?
    if control.level == CSYS_SOL_SOCKET, control.type == CSYS_SCM_RIGHTS { descriptor = OwnedDescriptor(owning: control.fd) }
    return Message(bytes: Array(buffer[..<received]), descriptor: descriptor)
  }
}
