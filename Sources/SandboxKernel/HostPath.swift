internal import CSyscalls

/// What the calling process sees at a path.
package enum HostPath {
  /// What a file is, and whose.
  package struct Status: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      case file, directory, symlink, characterDevice, blockDevice, fifo, socket, unknown
    }

    package let kind: Kind
    package let uid, gid: UInt32
    /// Permission bits, with set-user-ID, set-group-ID and the sticky bit.
    package let mode: UInt32
    /// A device's numbers.
    package let major, minor: UInt32
    /// Its number in its file system.
    package let inode: UInt64

    init(_ status: csys_statx) {
      switch UInt32(status.stx_mode) & UInt32(CSYS_S_IFMT) {
      case UInt32(CSYS_S_IFREG): kind = .file
      case UInt32(CSYS_S_IFDIR): kind = .directory
      case 0xa000: kind = .symlink
      case UInt32(CSYS_S_IFCHR): kind = .characterDevice
      case UInt32(CSYS_S_IFBLK): kind = .blockDevice
      case UInt32(CSYS_S_IFIFO): kind = .fifo
      case UInt32(CSYS_S_IFSOCK): kind = .socket
      default: kind = .unknown
      }
      uid = status.stx_uid
      gid = status.stx_gid
      mode = UInt32(status.stx_mode) & 0o7777
      major = status.stx_rdev_major
      minor = status.stx_rdev_minor
      inode = status.stx_ino
    }
  }

  private static let wanted = UInt32(
    CSYS_STATX_TYPE | CSYS_STATX_MODE | CSYS_STATX_UID | CSYS_STATX_GID | CSYS_STATX_INO)

  /// `statx(2)`; nil where there is nothing that this process can reach.
  package static func status(_ path: String, followed: Bool) -> Status? {
    var status = csys_statx()
    let flags = followed ? 0 : CSYS_AT_SYMLINK_NOFOLLOW
    guard csys_statx(CSYS_AT_FDCWD, path, flags, wanted, &status) == 0 else { return nil }
    return Status(status)
  }

  /// `statx(2)` of an open descriptor.
  package static func status(of descriptor: CInt) throws(SystemCallError) -> Status {
    var status = csys_statx()
    _ = try check(csys_statx(descriptor, "", CSYS_AT_EMPTY_PATH, wanted, &status), "statx", "\(descriptor)")
    return Status(status)
  }

  /// Where a symbolic link points to; nil where it is none.
  package static func destination(ofLink path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let n = csys_readlinkat(CSYS_AT_FDCWD, path, &buffer, buffer.count)
    guard n > 0, n < buffer.count else { return nil }
    return String(decoding: buffer[..<n].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether the calling process may write there: access(2) with W_OK, by its effective rights as the kernel has them.
  package static func isWritable(_ path: String) -> Bool { csys_faccessat(CSYS_AT_FDCWD, path, 2) == 0 }

  /// A small file's text, one of /proc or /sys above all.
  package static func text(of path: String) throws(SystemCallError) -> String {
    let arguments = "\"\(path)\""
    let file = try OwnedDescriptor.open(path, flags: CSYS_O_RDONLY)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let number = file.number
      let n = try check(uninterrupted { csys_read(number, &chunk, chunk.count) }, "read", arguments)
      if n == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<n]
    }
  }

  /// A sysctl of the host, `kernel/unprivileged_userns_clone`; nil where it does not exist.
  package static func sysctl(_ name: String) -> String? {
    do {
      let text = try text(of: "/proc/sys/\(name)")
      return text.hasSuffix("\n") ? String(text.dropLast()) : text
    } catch { return nil }
  }

  /// The AppArmor profile that confines the calling process; nil where none does, or only logs.
  package static var profile: String? {
    do {
      let label = try text(of: "/proc/self/attr/apparmor/current").split(separator: "\n").first ?? ""
      let isEnforced = label.hasSuffix(" (enforce)") || label.hasSuffix(" (kill)")
      return isEnforced ? label.split(separator: " ").dropLast().joined(separator: " ") : nil
    } catch { return nil }
  }

  /// Whether a system call filter lies on the calling process.
  package static var isFiltered: Bool {
    do {
      return try text(of: "/proc/self/status").split(separator: "\n").contains { $0.hasPrefix("Seccomp:") && $0.hasSuffix("2") }
    } catch { return false }
  }

  /// Whether the calling process's root is another mount or directory than its first process's; false where that cannot be
  /// seen, since it takes CAP_SYS_PTRACE.
  package static var isChrooted: Bool {
    func identity(_ path: String) -> [UInt64]? {
      var status = csys_statx()
      let wanted = UInt32(CSYS_STATX_INO | CSYS_STATX_MNT_ID)
      guard csys_statx(CSYS_AT_FDCWD, path, 0, wanted, &status) == 0 else { return nil }
      return [status.stx_ino, status.stx_mnt_id]
    }
    guard let first = identity("/proc/1/root"), let own = identity("/") else { return false }
    return first != own
  }

  /// The mount points below a directory of the calling process's mount namespace, as mountinfo writes them.
  package static func mountPoints(below directory: String) -> [String] {
    do {
      let points = try text(of: "/proc/self/mountinfo").split(separator: "\n").compactMap { line -> String? in
        let fields = line.split(separator: " ")
        return fields.count > 4 && fields[4].hasPrefix(directory + "/") ? String(fields[4]) : nil
      }
      return points.sorted()
    } catch { return [] }
  }
}
