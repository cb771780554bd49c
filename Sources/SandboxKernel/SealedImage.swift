internal import CSyscalls

/// An executable image in a memfd that nobody can change any more, this process included.
package struct SealedImage: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor

  /// - Throws: memfd_create(2) with EACCES where `vm.memfd_noexec=2` forbids executable ones.
  package init(_ bytes: [UInt8], name: String) throws(SystemCallError) {
    let sealing = UInt32(CSYS_MFD_CLOEXEC | CSYS_MFD_ALLOW_SEALING)
    var fd = csys_memfd_create(name, sealing | UInt32(CSYS_MFD_EXEC))
    // Before 6.3 the kernel does not know MFD_EXEC, and every memfd is executable.
    if fd == -Int(CSYS_EINVAL) { fd = csys_memfd_create(name, sealing) }
    let owned = try OwnedDescriptor(created: CInt(try check(fd, "memfd_create", "\"\(name)\", MFD_EXEC")))
    let number = owned.number
    var written = 0
    while written < bytes.count {
      let n = bytes.withUnsafeBytes { csys_write(number, $0.baseAddress! + written, $0.count - written) }
      written += try check(n, "write", "\(bytes.count) bytes")
    }
    // Readable by all, or a process that runs it without privilege would not be dumpable and could not write its maps.
    _ = try check(csys_fchmod(number, 0o555), "fchmod", "0555")
    _ = try check(csys_fcntl(number, CSYS_F_ADD_SEALS, Int(CSYS_F_SEAL_ALL)), "fcntl", "F_ADD_SEALS")
    self.descriptor = owned
  }
}
