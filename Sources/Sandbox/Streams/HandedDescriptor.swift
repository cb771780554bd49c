internal import SandboxKernel
internal import SandboxPlanning

/// What a descriptor of the caller's is, and how it reaches a program: DESIGN's rule is that a jail can use it for what it
/// was opened for, and for nothing else, though /proc/self/fd would let it open the same file again.
struct HandedDescriptor {
  enum Kind {
    case file, pipe, socket, device, other
    /// With the device's numbers, which two descriptors of one terminal share.
    case terminal(major: UInt32, minor: UInt32)
  }

  let kind: Kind
  /// The descriptor itself is handed over: what it is cannot be opened again for more, or the caller gave a reason. Else it
  /// is relayed by a pipe of the jail's own.
  let isDirect: Bool

  /// - Parameter isStream: it is for one of the three standard streams, each of which has one direction.
  /// - Throws: ``Sandbox/Error`` of kind `invalid` for what can be neither.
  init(
    _ number: CInt, of descriptor: Sandbox.Descriptor, isStream: Bool = true, at path: PolicyPath
  ) throws(Sandbox.Error) {
    let status: HostPath.Status
    let flags: CInt
    do throws(SystemCallError) {
      status = try HostPath.status(of: number)
      flags = try OwnedDescriptor.flags(of: number)
    } catch {
      throw .invalid([Problem(path, "descriptor \(number): \(error.errno.name) (\(error.errno.meaning))")])
    }
    kind = Self.kind(of: number, status)
    if descriptor.reopenableBecause != nil {
      isDirect = true
      return
    }
    switch kind {
    // Two directions are more than a pipe has.
    case .socket where !isStream: isDirect = true
    case .socket:
      guard OwnedDescriptor.isByteStream(number) else {
        throw .invalid([
          Problem(
            path, "descriptor \(number) is a socket of messages, or one that listens, and cannot be relayed",
            hint: "say .fileDescriptor(…, reopenableBecause:) if the program may have the socket itself")
        ])
      }
      // Whoever has it can make it not wait, or end it, for everyone (O_NONBLOCK, shutdown(2)).
      isDirect = false
    case .file, .pipe, .terminal: isDirect = false
    case .device:
      let isForBoth = flags & 3 == 2
      guard isForBoth || Self.harmless.contains(status.minor) && status.major == 1 else {
        throw .invalid([
          Problem(
            path, "descriptor \(number) is a character device, which the jail could open again for more",
            hint: "say .fileDescriptor(…, reopenableBecause:) if that is acceptable, or open it for reading and writing")
        ])
      }
      isDirect = true
    case .other where status.kind == .directory:
      throw .invalid([
        Problem(
          path, "descriptor \(number) is a directory, through which the jail could reach what lies below and above it",
          hint: "bind it with filesystem.mounts, or say .fileDescriptor(…, reopenableBecause:)")
      ])
    case .other:
      throw .invalid([
        Problem(
          path, "descriptor \(number) is of a kind that a jail could open again",
          hint: "say .fileDescriptor(…, reopenableBecause:) if that is acceptable")
      ])
    }
  }

  /// /dev/null, zero, full, random, urandom: of the devices of memory (major number 1) those that every jail has anyway.
  private static let harmless: Set<UInt32> = [3, 5, 7, 8, 9]

  private static func kind(of number: CInt, _ status: HostPath.Status) -> Kind {
    switch status.kind {
    case .file, .blockDevice: .file
    case .fifo: .pipe
    case .socket: .socket
    case .characterDevice:
      OwnedDescriptor.isTerminal(number) ? .terminal(major: status.major, minor: status.minor) : .device
    case .directory, .symlink, .unknown: .other
    }
  }

  /// What two descriptors of one terminal, or of one socket, have in common; nil where it is neither, or none at all, which is
  /// refused where it is handed over.
  static func identity(_ number: CInt) -> [UInt64]? {
    guard let status = try? HostPath.status(of: number) else { return nil }
    return switch kind(of: number, status) {
    case .terminal(let major, let minor): [UInt64(major), UInt64(minor)]
    case .socket: [status.inode]
    case .file, .pipe, .device, .other: nil
    }
  }

  /// Whether a descriptor is a socket. (One that is none at all is refused where it is handed over.)
  static func isSocket(_ number: CInt) -> Bool { (try? HostPath.status(of: number))?.kind == .socket }

  /// Opens a pipe or a terminal again, so that not to wait is a flag of our own opening; nil where that cannot be: without
  /// a /proc, where it belongs to another user, and where the device's name stands for whatever it is at the moment
  /// (/dev/tty, /dev/console, and /dev/ptmx, which would be a new terminal).
  func opensAgain(_ number: CInt, flags: CInt) -> OwnedDescriptor? {
    switch kind {
    case .pipe: break
    case .terminal(major: 5, _), .terminal(major: 4, minor: 0), .file, .socket, .device, .other: return nil
    case .terminal: break
    }
    let nonBlocking: CInt = 0x800
    do throws(SystemCallError) {
      return try OwnedDescriptor.open("/proc/self/fd/\(number)", flags: flags | nonBlocking)
    } catch {
      return nil
    }
  }
}
