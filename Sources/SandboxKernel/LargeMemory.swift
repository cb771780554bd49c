internal import CSyscalls

/// Memory by the hundred megabytes.
package enum LargeMemory {
  /// From where on the C library always maps an allocation by itself, and gives it back when it is freed (mallopt(3),
  /// `DEFAULT_MMAP_THRESHOLD_MAX`): what is said about it is said about nothing else.
  private static let least = 32 << 20

  /// Whether so many bytes can be had: asked first, since an array that cannot be made ends the process.
  package static func isAvailable(_ size: Int) -> Bool {
    guard size >= least else { return true }
    let flags = CSYS_MAP_PRIVATE | CSYS_MAP_ANONYMOUS
    let address = csys_mmap(nil, size, CSYS_PROT_READ | CSYS_PROT_WRITE, flags, -1, 0)
    guard address >= 0 || address < -4095 else { return false }
    _ = csys_munmap(UnsafeMutableRawPointer(bitPattern: address), size)  // cannot fail: it is what has just been mapped
    return true
  }

  /// Asks for large pages: `madvise(MADV_HUGEPAGE)`. 262,144 faults for a gigabyte otherwise take longer than to read it.
  package static func advise(_ memory: UnsafeMutableRawBufferPointer) {
    guard memory.count >= least, let base = memory.baseAddress else { return }
    let page = 4096 << 4
    let start = (Int(bitPattern: base) + page - 1) / page * page
    let end = (Int(bitPattern: base) + memory.count) / page * page
    // Without it all is as it was, but slower; a kernel may have none.
    _ = csys_madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, CSYS_MADV_HUGEPAGE)
  }
}
