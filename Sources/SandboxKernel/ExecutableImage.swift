internal import CSyscalls

/// An executable image that is run by its descriptor, execveat(2) with AT_EMPTY_PATH.
package struct ExecutableImage: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor

  /// In a memfd that nobody can change any more, this process included.
  ///
  /// - Throws: memfd_create(2) with EACCES where `vm.memfd_noexec=2` forbids executable ones.
  package init(sealed bytes: [UInt8], name: String) throws(SystemCallError) {
    let sealing = UInt32(CSYS_MFD_CLOEXEC | CSYS_MFD_ALLOW_SEALING)
    var fd = csys_memfd_create(name, sealing | UInt32(CSYS_MFD_EXEC))
    // Before 6.3 the kernel does not know MFD_EXEC, and every memfd is executable.
    if fd == -Int(CSYS_EINVAL) { fd = csys_memfd_create(name, sealing) }
    let owned = try OwnedDescriptor(created: CInt(try check(fd, "memfd_create", "\"\(name)\", MFD_EXEC")))
    let number = owned.number
    try Self.write(bytes, to: number)
    // Readable by all, or a process that runs it without privilege would not be dumpable and could not write its maps.
    _ = try check(csys_fchmod(number, 0o555), "fchmod", "0555")
    _ = try check(csys_fcntl(number, CSYS_F_ADD_SEALS, Int(CSYS_F_SEAL_ALL)), "fcntl", "F_ADD_SEALS")
    self.descriptor = owned
  }

  /// A file that has exactly these bytes, and that only root and this process's user can change.
  ///
  /// - Throws: ``SystemCallError`` where it cannot be opened or read, ``Unfit`` where it is another file than that.
  package init(file path: String, identicalTo bytes: [UInt8]) throws {
    // O_NONBLOCK, or a fifo would let this wait.
    let file = try OwnedDescriptor.open(path, flags: CSYS_O_RDONLY | CSYS_O_NONBLOCK)
    let number = file.number
    let status = try HostPath.status(of: number)
    guard status.kind == .file else { throw Unfit("it is no regular file") }
    // Who may change it comes first: what is read afterwards stays so.
    let uid = ProcessIdentity.effectiveUser
    guard status.uid == 0 || status.uid == uid else { throw Unfit("it belongs to uid \(status.uid), which could change it") }
    guard status.mode == 0o555 || status.mode == 0o755 else {
      throw Unfit("its mode is 0\(String(status.mode, radix: 8)), and must be 0555 or 0755")
    }
    guard try Self.contents(of: number, upTo: bytes.count + 1) == bytes else {
      throw Unfit("it is not the jailer of this version of the library")
    }
    self.descriptor = file
  }

  /// Makes a file of mode 0555 with these bytes; where that fails, none is left.
  ///
  /// - Throws: open(2) with EEXIST where there is one.
  package static func write(_ bytes: [UInt8], toNewFile path: String) throws(SystemCallError) {
    let flags = CSYS_O_WRONLY | CSYS_O_CREAT | CSYS_O_EXCL | CSYS_O_CLOEXEC
    let arguments = "\"\(path)\", O_CREAT | O_EXCL"
    let file = try OwnedDescriptor(created: CInt(try check(csys_openat(CSYS_AT_FDCWD, path, flags, 0o600), "open", arguments)))
    do throws(SystemCallError) {
      try write(bytes, to: file.number)
      try file.setMode(0o555)
    } catch {
      // Of the two failures the first is the one to tell.
      _ = csys_unlinkat(CSYS_AT_FDCWD, path, 0)
      throw error
    }
  }

  private static func write(_ bytes: [UInt8], to number: CInt) throws(SystemCallError) {
    var written = 0
    while written < bytes.count {
      let n = bytes.withUnsafeBytes { bytes in
        uninterrupted { csys_write(number, bytes.baseAddress! + written, bytes.count - written) }
      }
      written += try check(n, "write", "\(bytes.count) bytes")
    }
  }

  /// Why a file is none to run.
  package struct Unfit: Error, Sendable {
    package let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func contents(of number: CInt, upTo limit: Int) throws(SystemCallError) -> [UInt8] {
    var contents = [UInt8](repeating: 0, count: limit)
    var count = 0
    while count < limit {
      let n = try check(
        uninterrupted { contents.withUnsafeMutableBytes { csys_read(number, $0.baseAddress! + count, limit - count) } }, "read",
        "\(number)")
      if n == 0 { break }
      count += n
    }
    return Array(contents[..<count])
  }
}
