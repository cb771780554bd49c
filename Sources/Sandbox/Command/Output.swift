public import SandboxPlanning
public import SystemPackage

extension Sandbox {
  /// Where a program's standard output or standard error goes.
  public struct Output: Sendable {
    enum Destination: Sendable {
      case collected(limit: Int)
      case discarded
      case sequence
      case descriptor(Descriptor)
      case sameAsOutput
    }

    let destination: Destination

    /// What is collected unless asked otherwise: 1 MiB.
    public static let standardLimit = ByteCount.mebibytes(1)

    /// Collected as text; what is beyond the limit is read, thrown away, and named in the outcome and its verdict.
    public static func string(limit: ByteCount = standardLimit) -> Output { bytes(limit: limit) }

    /// Collected as bytes; what is beyond the limit is read, thrown away, and named in the outcome and its verdict.
    public static func bytes(limit: ByteCount = standardLimit) -> Output {
      Output(destination: .collected(limit: Int(clamping: limit.bytes)))
    }

    /// Thrown away: /dev/null.
    public static let discarded = Output(destination: .discarded)

    /// Read by ``Process/standardOutput`` or ``Process/standardError``, and no faster than these are.
    public static let sequence = Output(destination: .sequence)

    /// Written to a descriptor of the host; it stays the caller's, and may be closed once the process has started.
    ///
    /// A regular file, a block device, a pipe or a terminal is relayed through a pipe of the jail's own, since by way of
    /// /proc a jail could open it again for reading or truncate it; so is a socket, which it could end, or make not wait, for
    /// everyone. To the program a terminal is then a pipe, for which isatty(3) is false; ``Command/terminal`` gives it one of
    /// its own; and a socket is one, for which getpeername(2) gives ENOTSOCK. Where both outputs go to one terminal or one
    /// socket they share the pipe, and keep the order of the writes. A device opened for reading and writing, and /dev/null,
    /// zero, full, random and urandom are handed over. A directory, any other device, and a socket of messages or one that
    /// listens, is an error.
    ///
    /// The outcome comes when everything has been delivered; what could not be, because the jail was ended meanwhile or its
    /// deadline passed and nobody took it, is counted in ``Outcome/cut``.
    public static func fileDescriptor(_ descriptor: FileDescriptor) -> Output {
      Output(destination: .descriptor(Descriptor(descriptor)))
    }

    /// The descriptor itself, whatever it is: the jail may open it again for more than it was opened for.
    public static func fileDescriptor(_ descriptor: FileDescriptor, reopenableBecause reason: String) -> Output {
      Output(destination: .descriptor(Descriptor(descriptor, reopenableBecause: reason)))
    }

    /// The host's own stream of the same number.
    public static let inherited = Output(destination: .descriptor(.inherited))

    /// Of standard error: the same stream as standard output, in the order of the writes.
    public static let combined = Output(destination: .sameAsOutput)
  }

  /// A descriptor of the host that a program gets.
  public struct Descriptor: Sendable, Hashable {
    /// The host's number of it; nil stands for the number that it gets.
    let number: CInt?
    /// Why the jail may open it again for more than it was opened for; `nil` means that it may not.
    public let reopenableBecause: String?

    /// A descriptor that the jail cannot open again for more than it was opened for: a socket, a character device opened
    /// for reading and writing, /dev/null and its like are handed over; a regular file, a block device, a pipe or a terminal
    /// is relayed, in the one direction that it was opened for; a directory, another device, and what would have to be
    /// relayed in both directions is an error. (As a standard stream a socket is relayed, too.)
    ///
    /// A socket that is handed over stays one for all who have it: the jail can make it not wait (O_NONBLOCK), end it for
    /// everyone (shutdown(2)) and set its options. `Enforcement` names it.
    public init(_ descriptor: FileDescriptor) {
      self.number = descriptor.rawValue
      self.reopenableBecause = nil
    }

    /// The descriptor itself, whatever it is. The reason is shown in the plan.
    public init(_ descriptor: FileDescriptor, reopenableBecause reason: String) {
      self.number = descriptor.rawValue
      self.reopenableBecause = reason
    }

    private init(number: CInt?) {
      self.number = number
      self.reopenableBecause = nil
    }

    static let inherited = Descriptor(number: nil)
  }
}
