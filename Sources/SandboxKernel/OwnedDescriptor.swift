internal import CSyscalls

/// A descriptor that is closed when its owner goes.
package struct OwnedDescriptor: ~Copyable, Sendable {
  package let number: CInt

  /// Takes over a descriptor that nobody else closes.
  package init(owning number: CInt) { self.number = number }

  /// Takes over a descriptor that the kernel has just made, above the numbers of the standard streams: a host that has
  /// closed its own must not find one of ours in their place.
  package init(created number: CInt) throws(SystemCallError) {
    guard number <= 2 else {
      self.init(owning: number)
      return
    }
    let moved = csys_fcntl(number, CSYS_F_DUPFD_CLOEXEC, 3)
    _ = csys_close(number)
    self.init(owning: CInt(try check(moved, "fcntl", "\(number), F_DUPFD_CLOEXEC")))
  }

  deinit { _ = csys_close(number) }  // nothing can be done about a failed close; the number is free either way

  /// Gives the number away, unclosed.
  package consuming func release() -> CInt {
    let number = self.number
    discard self
    return number
  }

  /// A second descriptor of the same open file; close-on-exec.
  package func duplicate() throws(SystemCallError) -> OwnedDescriptor {
    try OwnedDescriptor(duplicating: number)
  }

  /// `fcntl(F_DUPFD_CLOEXEC)` of a descriptor that stays its owner's.
  package init(duplicating number: CInt) throws(SystemCallError) {
    // From 3 on, as in init(created:).
    self.init(owning: CInt(try check(csys_fcntl(number, CSYS_F_DUPFD_CLOEXEC, 3), "fcntl", "\(number), F_DUPFD_CLOEXEC")))
  }
}

/// An owned descriptor that several places refer to, closed with the last of them.
package final class SharedDescriptor: Sendable {
  private let owned: OwnedDescriptor
  package var number: CInt { owned.number }
  package init(_ owned: consuming OwnedDescriptor) { self.owned = owned }
}

/// The two ends of a pipe or of a socket pair.
package struct DescriptorPair: ~Copyable, Sendable {
  /// What is read from; of a socket pair, either.
  package let first: OwnedDescriptor
  /// What is written to; of a socket pair, the other.
  package let second: OwnedDescriptor

  static func created(_ ends: [CInt]) throws(SystemCallError) -> DescriptorPair {
    let first: OwnedDescriptor
    do throws(SystemCallError) {
      first = try OwnedDescriptor(created: ends[0])
    } catch {
      _ = csys_close(ends[1])
      throw error
    }
    return DescriptorPair(first: first, second: try OwnedDescriptor(created: ends[1]))
  }

  /// Gives each end to a new owner.
  package consuming func split<Result>(
    _ body: (consuming OwnedDescriptor, consuming OwnedDescriptor) throws -> Result
  ) rethrows -> Result {
    try body(first, second)
  }
}

extension OwnedDescriptor {
  /// Both ends of a pipe, close-on-exec.
  package static func pipe() throws(SystemCallError) -> DescriptorPair {
    var ends: [CInt] = [-1, -1]
    _ = try check(csys_pipe2(&ends, CSYS_O_CLOEXEC), "pipe2", "O_CLOEXEC")
    return try DescriptorPair.created(ends)
  }

  /// Opens a path of the host, close-on-exec, never as a controlling terminal.
  package static func open(_ path: String, flags: CInt) throws(SystemCallError) -> OwnedDescriptor {
    let flags = flags | CSYS_O_CLOEXEC | CSYS_O_NOCTTY
    return try OwnedDescriptor(created: CInt(try check(csys_openat(CSYS_AT_FDCWD, path, flags, 0), "open", "\"\(path)\"")))
  }

  /// Opens a device of the host; for a program that is its owner, by a mount that is read-only and stands nowhere: it is read and
  /// written as ever, but its mode, owner and times cannot be changed. `open_tree(2)`, `mount_setattr(2)`: before Linux 5.12 it is
  /// opened like any other.
  package static func open(_ path: String, flags: CInt, byReadOnlyMount: Bool) throws(SystemCallError) -> OwnedDescriptor {
    guard byReadOnlyMount else { return try open(path, flags: flags) }
    let copy = UInt32(CSYS_OPEN_TREE_CLONE) | UInt32(CSYS_OPEN_TREE_CLOEXEC)
    let tree = try OwnedDescriptor(
      created: CInt(check(csys_open_tree(CSYS_AT_FDCWD, path, copy), "open_tree", "\"\(path)\", OPEN_TREE_CLONE")))
    var attributes = csys_mount_attr()
    attributes.attr_set = UInt64(CSYS_MOUNT_ATTR_RDONLY)
    let result = csys_mount_setattr(tree.number, "", UInt32(CSYS_AT_EMPTY_PATH), &attributes)
    if result == -Int(CSYS_ENOSYS) { return try open(path, flags: flags) }
    _ = try check(result, "mount_setattr", "\"\(path)\", MOUNT_ATTR_RDONLY")
    return try open("/proc/self/fd/\(tree.number)", flags: flags)
  }

  /// Flags of an open file: `O_RDONLY`, `O_WRONLY`, `O_RDWR` in the lowest two bits.
  package static func flags(of number: CInt) throws(SystemCallError) -> CInt {
    CInt(try check(csys_fcntl(number, CSYS_F_GETFL, 0), "fcntl", "\(number), F_GETFL"))
  }

  /// `fchmod(2)`. A pipe's mode says what its ends can be opened again for, by way of /proc.
  package func setMode(_ mode: UInt32) throws(SystemCallError) {
    _ = try check(csys_fchmod(number, mode), "fchmod", "\(number), 0\(String(mode, radix: 8))")
  }

  /// Sets the size of the terminal that a descriptor is a side of: `ioctl(TIOCSWINSZ)`.
  package static func setWindow(of number: CInt, rows: UInt16, columns: UInt16) throws(SystemCallError) {
    var window: (UInt16, UInt16, UInt16, UInt16) = (rows, columns, 0, 0)
    let result = withUnsafeMutablePointer(to: &window) { csys_ioctl(number, UInt(CSYS_TIOCSWINSZ), Int(bitPattern: $0)) }
    _ = try check(result, "ioctl", "\(number), TIOCSWINSZ")
  }

  /// Whether this is a side of a terminal, be it one that has hung up (EIO).
  package static func isTerminal(_ number: CInt) -> Bool {
    var window: (UInt16, UInt16, UInt16, UInt16) = (0, 0, 0, 0)
    let result = withUnsafeMutablePointer(to: &window) { csys_ioctl(number, UInt(CSYS_TIOCGWINSZ), Int(bitPattern: $0)) }
    return result == 0 || result == -5
  }

  /// Whether this is a socket through which bytes flow, and neither one of messages nor one that listens: `getsockopt(2)`.
  package static func isByteStream(_ number: CInt) -> Bool {
    let (socket, type, listens) = (CSYS_SOL_SOCKET, CInt(3), CInt(30))  // SO_TYPE, SO_ACCEPTCONN
    func option(_ option: CInt) -> CInt? {
      var value: CInt = -1
      var length = UInt32(MemoryLayout<CInt>.size)
      return csys_getsockopt(number, CInt(socket), option, &value, &length) == 0 ? value : nil
    }
    return option(type) == 1 && option(listens) == 0
  }

  /// The other side of a pseudo-terminal, by its master: `ioctl(TIOCGPTPEER)`.
  package func terminalPeer() throws(SystemCallError) -> OwnedDescriptor {
    let flags = CSYS_O_RDWR | CSYS_O_NOCTTY | CSYS_O_CLOEXEC
    return try OwnedDescriptor(
      created: CInt(try check(csys_ioctl(number, UInt(CSYS_TIOCGPTPEER), Int(flags)), "ioctl", "\(number), TIOCGPTPEER")))
  }

  /// Both ends of a socket that keeps messages apart; close-on-exec.
  package static func messagePair() throws(SystemCallError) -> DescriptorPair {
    var ends: [CInt] = [-1, -1]
    _ = try check(
      csys_socketpair(CSYS_AF_UNIX, CSYS_SOCK_SEQPACKET | CSYS_SOCK_CLOEXEC, 0, &ends), "socketpair", "AF_UNIX, SOCK_SEQPACKET")
    return try DescriptorPair.created(ends)
  }

  /// A pidfd of a process; readable when it has ended.
  package static func process(_ pid: CInt) throws(SystemCallError) -> OwnedDescriptor {
    try OwnedDescriptor(created: CInt(try check(csys_pidfd_open(pid, 0), "pidfd_open", "\(pid)")))
  }

  /// Sets O_NONBLOCK. Only ever on a descriptor that this package created: the flag belongs to the open file, and so to
  /// everyone who shares it.
  package func setNonBlocking() throws(SystemCallError) {
    let flags = try check(csys_fcntl(number, CSYS_F_GETFL, 0), "fcntl", "\(number), F_GETFL")
    _ = try check(csys_fcntl(number, CSYS_F_SETFL, flags | Int(CSYS_O_NONBLOCK)), "fcntl", "\(number), F_SETFL, O_NONBLOCK")
  }
}
