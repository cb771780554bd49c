internal import CSyscalls

/// A name in the abstract namespace of unix(7), which one process of a network namespace can hold at a time, and which is
/// free again when the last descriptor of it is closed, however its holder ended.
package enum AbstractSocket {
  /// Takes the name; nil where someone else holds it.
  package static func claim(_ name: String) throws(SystemCallError) -> OwnedDescriptor? {
    let type = CSYS_SOCK_STREAM | CSYS_SOCK_CLOEXEC
    let socket = try OwnedDescriptor(created: CInt(try check(csys_socket(CSYS_AF_UNIX, type, 0), "socket", "AF_UNIX")))
    let family = UInt16(CSYS_AF_UNIX)
    let address = [UInt8(family & 0xff), UInt8(family >> 8), 0] + Array(name.utf8)
    let result = csys_bind(socket.number, address, UInt32(address.count))
    if result == -98 { return nil }  // EADDRINUSE
    _ = try check(result, "bind", "\"@\(name)\"")
    return socket
  }

  /// Random bits of the kernel.
  package static func random() throws(SystemCallError) -> UInt32 {
    var value: UInt32 = 0
    _ = try check(csys_getrandom(&value, 4, 0), "getrandom", "4")
    return value
  }
}
