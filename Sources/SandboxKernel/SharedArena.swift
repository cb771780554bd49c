internal import CSyscalls

/// A memfd whose first part is written once, and whose second is a mapping shared with another process.
package final class SharedArena: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let size: Int

  /// - Parameters:
  ///   - contents: the first part.
  ///   - offset: where the shared part begins; a multiple of the page size.
  ///   - size: the shared part's size in bytes.
  ///   - handOver: takes the memfd, which the mapping does not need.
  package init(
    contents: [UInt8], sharedAt offset: Int, size: Int, handOver: (consuming OwnedDescriptor) -> Void
  ) throws(SystemCallError) {
    let flags = UInt32(CSYS_MFD_CLOEXEC)
    let owned = try OwnedDescriptor(created: CInt(try check(csys_memfd_create("arena", flags), "memfd_create", "\"arena\"")))
    _ = try check(csys_ftruncate(owned.number, Int64(offset + size)), "ftruncate", "\(offset + size)")
    let number = owned.number
    var written = 0
    while written < contents.count {
      let n = contents.withUnsafeBytes { csys_pwrite64(number, $0.baseAddress! + written, $0.count - written, Int64(written)) }
      written += try check(n, "pwrite64", "\(contents.count) bytes")
    }
    let protection = CSYS_PROT_READ | CSYS_PROT_WRITE
    let address = try check(
      csys_mmap(nil, size, protection, CSYS_MAP_SHARED, number, Int64(offset)), "mmap", "\(size) bytes, MAP_SHARED")
    self.base = UnsafeMutableRawPointer(bitPattern: address)!
    self.size = size
    handOver(owned)
  }

  deinit { _ = csys_munmap(base, size) }

  /// A copy of the shared part as it is now; the other process may be writing it.
  package func snapshot() -> [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: size)) }

  /// A number of the shared part as it is now.
  package func int32(at offset: Int) -> Int32 { base.load(fromByteOffset: offset, as: Int32.self) }

  /// Sets bits of a 64-bit word of the shared part, which the other process may be exchanging for zero.
  package func set(bits: UInt64, at offset: Int) {
    csys_atomic_or(base.advanced(by: offset).assumingMemoryBound(to: UInt64.self), bits)
  }
}
