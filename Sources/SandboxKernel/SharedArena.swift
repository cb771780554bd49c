internal import CSyscalls

/// A memfd whose first part is written once, and whose second is a mapping shared with another process.
package final class SharedArena: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let size: Int
  private let offset: Int
  /// The memfd, where it is to be written again.
  private let kept: SharedDescriptor?

  /// - Parameters:
  ///   - contents: the first part.
  ///   - offset: where the shared part begins; a multiple of the page size.
  ///   - size: the shared part's size in bytes.
  ///   - isReusable: whether ``reuse(contents:sharedAt:size:)`` will be asked for.
  /// - Returns: with it the memfd, which the mapping does not need.
  package static func make(
    contents: [UInt8], sharedAt offset: Int, size: Int, isReusable: Bool = false
  ) throws(SystemCallError) -> (arena: SharedArena, descriptor: SharedDescriptor) {
    let flags = UInt32(CSYS_MFD_CLOEXEC)
    let owned = SharedDescriptor(
      try OwnedDescriptor(created: CInt(try check(csys_memfd_create("arena", flags), "memfd_create", "\"arena\""))))
    _ = try check(csys_ftruncate(owned.number, Int64(offset + size)), "ftruncate", "\(offset + size)")
    try write(contents, to: owned.number)
    let protection = CSYS_PROT_READ | CSYS_PROT_WRITE
    let address = try check(
      csys_mmap(nil, size, protection, CSYS_MAP_SHARED, owned.number, Int64(offset)), "mmap", "\(size) bytes, MAP_SHARED")
    let base = UnsafeMutableRawPointer(bitPattern: address)!
    return (SharedArena(base: base, size: size, offset: offset, kept: isReusable ? owned : nil), owned)
  }

  private init(base: UnsafeMutableRawPointer, size: Int, offset: Int, kept: SharedDescriptor?) {
    self.base = base
    self.size = size
    self.offset = offset
    self.kept = kept
  }

  private static func write(_ contents: [UInt8], to number: CInt) throws(SystemCallError) {
    var written = 0
    while written < contents.count {
      let n = contents.withUnsafeBytes { csys_pwrite64(number, $0.baseAddress! + written, $0.count - written, Int64(written)) }
      written += try check(n, "pwrite64", "\(contents.count) bytes")
    }
  }

  package var isReusable: Bool { kept != nil }

  /// Makes it like a new one, once nobody else has it any more; nil where it is not of that size, or was not to be.
  package func reuse(contents: [UInt8], sharedAt offset: Int, size: Int) throws(SystemCallError) -> SharedDescriptor? {
    guard let kept, offset == self.offset, size == self.size else { return nil }
    try Self.write(contents, to: kept.number)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return kept
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
