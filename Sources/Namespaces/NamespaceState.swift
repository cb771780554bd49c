internal import SandboxKernel
public import SystemPackage

/// Which namespaces a process lives in.
///
/// - SeeAlso: namespaces(7), /proc/PID/ns
public struct NamespaceState: Hashable, Sendable {
  /// The kernel's number of each namespace, `4026531840`; two processes with the same number share it. A kind that this kernel
  /// does not have is missing.
  public let numbers: [Namespace: UInt64]

  /// Of the main thread of a process that this one may look into (ptrace(2), PTRACE_MODE_READ); nil means this one's.
  ///
  /// - Throws: the errno of readlink(2): ENOENT for a process that is gone, EACCES for another user's.
  public init(ofProcess pid: Int32? = nil) throws(Errno) {
    let directory = "/proc/\(pid.map(String.init) ?? "self")/ns"
    guard HostPath.status(directory, followed: true) != nil else { throw .noSuchFileOrDirectory }
    var numbers: [Namespace: UInt64] = [:]
    for kind in Namespace.allCases {
      guard HostPath.status("\(directory)/\(kind.fileName)", followed: false) != nil else { continue }
      // `net:[4026531840]`
      guard let target = HostPath.destination(ofLink: "\(directory)/\(kind.fileName)") else { throw .permissionDenied }
      guard let number = UInt64(target.split { $0 == "[" || $0 == "]" }.last ?? "") else { throw Errno(rawValue: 71) }  // EPROTO
      numbers[kind] = number
    }
    self.numbers = numbers
  }

  /// The kinds of which both have the same.
  public func shared(with other: NamespaceState) -> NamespaceSet {
    NamespaceSet(numbers.filter { other.numbers[$0.key] == $0.value }.map(\.key))
  }
}

extension Namespace {
  /// Its file below /proc/PID/ns.
  var fileName: String {
    switch self {
    case .mount: "mnt"
    case .network: "net"
    default: rawValue
    }
  }
}
