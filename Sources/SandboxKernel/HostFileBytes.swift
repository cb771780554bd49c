internal import CSyscalls

/// A regular file of the host's, read in parts.
package struct HostFileBytes: ~Copyable {
  private let descriptor: OwnedDescriptor

  /// Opens it; nil where it is no regular file, or this process may not read it.
  package init?(_ path: String) {
    // O_NONBLOCK, or a fifo would let this wait.
    guard let file = try? OwnedDescriptor.open(path, flags: CSYS_O_RDONLY | CSYS_O_NONBLOCK),
      let status = try? HostPath.status(of: file.number), status.kind == .file
    else { return nil }
    descriptor = file
  }

  /// At most `count` bytes from `offset` on; fewer at the end of the file.
  package func bytes(at offset: UInt64, count: Int) -> [UInt8] {
    guard count > 0, offset <= UInt64(Int64.max) else { return [] }
    var buffer = [UInt8](repeating: 0, count: count)
    let number = descriptor.number
    var filled = 0
    while filled < count {
      let n = buffer.withUnsafeMutableBytes { to in
        csys_pread64(number, to.baseAddress! + filled, count - filled, Int64(offset) + Int64(filled))
      }
      if n == -Int(CSYS_EINTR) { continue }
      if n <= 0 { break }
      filled += n
    }
    return Array(buffer[..<filled])
  }
}
