internal import SandboxKernel
internal import SandboxPlanning

/// How a descriptor of the caller's reaches a program: DESIGN's rule is that a jail can use it for what it was opened for,
/// and for nothing else, though /proc/self/fd would let it open the same file again.
enum HandedDescriptor {
  /// The descriptor itself: what it is cannot be opened again, or the caller gave a reason.
  case direct
  /// A pipe of the jail's own, fed from it or emptied into it by file I/O.
  case relayedFile
  /// A pipe of the jail's own, joined to it.
  case relayedPipe

  /// - Throws: ``Sandbox/Error`` of kind `invalid` for what can be neither.
  static func classify(_ number: CInt, of descriptor: Sandbox.Descriptor, at path: PolicyPath) throws(Sandbox.Error)
    -> HandedDescriptor
  {
    let status: HostPath.Status
    do throws(SystemCallError) {
      status = try HostPath.status(of: number)
    } catch {
      throw .invalid([Problem(path, "descriptor \(number): \(error.errno.name) (\(error.errno.meaning))")])
    }
    if descriptor.reopenableBecause != nil { return .direct }
    switch status.kind {
    case .socket, .characterDevice: return .direct
    case .file, .blockDevice: return .relayedFile
    case .fifo: return .relayedPipe
    case .directory:
      throw .invalid([
        Problem(
          path, "descriptor \(number) is a directory, through which the jail could reach what lies below and above it",
          hint: "bind it with filesystem.mounts, or say .fileDescriptor(…, reopenableBecause:)")
      ])
    case .symlink, .unknown:
      throw .invalid([
        Problem(
          path, "descriptor \(number) is of a kind that a jail could open again",
          hint: "say .fileDescriptor(…, reopenableBecause:) if that is acceptable")
      ])
    }
  }
}
