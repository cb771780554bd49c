internal import SandboxKernel
public import SystemPackage

/// Who a process is: its ids and groups, as /proc/PID/status shows them.
///
/// - SeeAlso: credentials(7), proc_pid_status(5)
public struct CredentialState: Hashable, Sendable {
  /// A user's or a group's four ids.
  public struct IDs: Hashable, Sendable {
    /// Who started it.
    public let real: UInt32
    /// Whose rights it has.
    public let effective: UInt32
    /// Whom it can become again.
    public let saved: UInt32
    /// Whose rights it has with files.
    public let filesystem: UInt32
  }

  /// The user's.
  public let user: IDs
  /// The group's.
  public let group: IDs
  /// Supplementary groups, in the kernel's order.
  public let groups: [UInt32]
  /// Mode bits that new files do not get; nil for a process that is over.
  public let umask: UInt32?

  /// Of the main thread of a process that this one may see; nil means this one's. Ids are those of the reader's user namespace.
  ///
  /// - Throws: the errno of open(2) or read(2): ENOENT for a process that is gone; EPROTO where the file is not understood.
  public init(ofProcess pid: Int32? = nil) throws(Errno) {
    let text: String
    do throws(SystemCallError) {
      text = try HostPath.text(of: "/proc/\(pid.map(String.init) ?? "self")/status")
    } catch { throw error.errno }
    guard let state = CredentialState(status: text) else { throw Errno(rawValue: 71) }  // EPROTO
    self = state
  }

  /// Reads the text of such a file; nil where it is none.
  public init?(status: String) {
    var fields: [Substring: [Substring]] = [:]
    for line in status.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon]] = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
    }
    guard let user = Self.ids(fields["Uid"]), let group = Self.ids(fields["Gid"]), let groups = fields["Groups"] else {
      return nil
    }
    self.user = user
    self.group = group
    self.groups = groups.compactMap { UInt32($0) }
    self.umask = fields["Umask"]?.first.flatMap { UInt32($0, radix: 8) }
    guard self.groups.count == groups.count else { return nil }
  }

  private static func ids(_ fields: [Substring]?) -> IDs? {
    let numbers = (fields ?? []).compactMap { UInt32($0) }
    guard numbers.count == 4 else { return nil }
    return IDs(real: numbers[0], effective: numbers[1], saved: numbers[2], filesystem: numbers[3])
  }
}
