internal import CSyscalls
internal import SandboxKernel
public import SystemPackage

extension FileCapabilities {
  /// Why a file's capabilities could not be read or written.
  public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The call that failed; nil where the file, or its attribute, is not what it must be.
    public let call: String?
    /// The kernel's answer.
    public let errno: Errno
    /// What helps; nil where nothing is known.
    public let hint: String?

    /// `lsetxattr("/usr/bin/ping", "security.capability"): EPERM (operation not permitted); hint: …`
    public var description: String {
      (call.map { "\($0)(\"\(path)\", \"security.capability\")" } ?? path) + ": \(errno.name) (\(errno.meaning))"
        + (hint.map { "; hint: \($0)" } ?? "")
    }
  }

  private static let attributeName = "security.capability"

  /// The capabilities of a file; nil where it has none. A symbolic link is not followed.
  ///
  /// lgetxattr(2). - Throws: ``FileError``: ENOENT, EACCES of the path, EINVAL where it is no regular file, EPROTO where the
  /// attribute is of an unknown form.
  public static func ofFile(_ path: String) throws(FileError) -> FileCapabilities? {
    try requireFile(path)
    var bytes = [UInt8](repeating: 0, count: 64)
    let n = csys_lgetxattr(path, attributeName, &bytes, bytes.count)
    let noData = -61, notSupported = -95
    if n == noData || n == notSupported { return nil }
    if n < 0 { throw FileError(path: path, call: "lgetxattr", errno: Errno(rawValue: CInt(-n)), hint: nil) }
    guard let capabilities = FileCapabilities(attribute: Array(bytes[..<n])) else {
      throw FileError(
        path: path, call: nil, errno: Errno(rawValue: 71), hint: "its attribute security.capability is of no known version")
    }
    return capabilities
  }

  /// Gives them to a file, instead of what it had. A symbolic link is not followed. A later write to the file, or a change of its
  /// owner, takes them away again.
  ///
  /// lsetxattr(2). - Throws: ``FileError``: EPERM without CAP_SETFCAP, EOPNOTSUPP and EROFS of the file system, EINVAL where it is
  /// no regular file.
  public func write(toFile path: String) throws(FileError) {
    try Self.requireFile(path)
    let bytes = attribute
    try Self.check(csys_lsetxattr(path, Self.attributeName, bytes, bytes.count, 0), "lsetxattr", path)
  }

  /// Takes all capabilities from a file; one that has none is fine. A symbolic link is not followed.
  ///
  /// lremovexattr(2). - Throws: ``FileError``, as ``write(toFile:)``.
  public static func remove(fromFile path: String) throws(FileError) {
    try requireFile(path)
    let result = csys_lremovexattr(path, attributeName)
    let noData = -61
    if result != noData { try check(result, "lremovexattr", path) }
  }

  /// The kernel would take the attribute of a directory or a device, too, and it would mean nothing.
  private static func requireFile(_ path: String) throws(FileError) {
    guard let status = HostPath.status(path, followed: false) else {
      throw FileError(path: path, call: nil, errno: .noSuchFileOrDirectory, hint: "name a file that this process can reach")
    }
    guard status.kind == .file else {
      throw FileError(
        path: path, call: nil, errno: .invalidArgument, hint: "only a regular file has capabilities; name the file itself")
    }
  }

  private static func check(_ result: Int, _ call: String, _ path: String) throws(FileError) {
    guard result < 0 else { return }
    let errno = Errno(rawValue: CInt(-result))
    let hint: String? =
      switch errno {
      case .notPermitted: "changing a file's capabilities needs CAP_SETFCAP over its owner"
      case Errno(rawValue: 95): "the file system has no extended attributes of the kind \"security\""
      default: nil
      }
    throw FileError(path: path, call: call, errno: errno, hint: hint)
  }
}
