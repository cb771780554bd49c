public import SystemPackage

extension Sandbox {
  /// Where a program's standard input comes from.
  public struct Input: Sendable {
    enum Source: Sendable {
      case none
      case bytes([UInt8])
      case sequence(ByteSource)
      case writer
      case descriptor(Descriptor)
    }

    let source: Source

    /// Nothing: the program reads the end of the file at once. (On a terminal of its own it is typed: Ctrl-D.)
    public static let none = Input(source: .none)

    /// A text, as UTF-8.
    public static func string(_ text: String) -> Input { Input(source: .bytes(Array(text.utf8))) }

    /// Bytes.
    public static func bytes(_ bytes: [UInt8]) -> Input { Input(source: .bytes(bytes)) }

    /// Chunks of bytes, taken from the sequence as fast as the program reads them. An error of the sequence ends the jail,
    /// and is thrown as ``Error/Kind/inputFailed``.
    public static func sequence<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks) -> Input where Chunks.Element == [UInt8] {
      Input(source: .sequence(ByteSource(chunks)))
    }

    /// What ``Process/standardInput`` writes.
    public static let writer = Input(source: .writer)

    /// What a descriptor of the host reads; it stays the caller's, and may be closed once the process has started.
    ///
    /// A regular file, a block device, a pipe or a terminal is relayed through a pipe of the jail's own, since by way of
    /// /proc a jail could open it again for writing; so is a socket, which it could end, or make not wait, for everyone. It is
    /// read ahead of the program, by as much as a pipe holds. To the program a terminal is then a pipe, for which isatty(3) is
    /// false; ``Command/terminal`` gives it one of its own; and a socket is one, for which getpeername(2) gives ENOTSOCK. A
    /// device opened for reading and writing, and /dev/null, zero, full, random and urandom are handed over. A directory, any
    /// other device, and a socket of messages or one that listens, is an error.
    public static func fileDescriptor(_ descriptor: FileDescriptor) -> Input {
      Input(source: .descriptor(Descriptor(descriptor)))
    }

    /// The descriptor itself, whatever it is: the jail may open it again for writing, or look for files below it.
    public static func fileDescriptor(_ descriptor: FileDescriptor, reopenableBecause reason: String) -> Input {
      Input(source: .descriptor(Descriptor(descriptor, reopenableBecause: reason)))
    }

    /// The host's own standard input.
    public static let inherited = fileDescriptor(.standardInput)
  }

  /// A sequence of chunks whose type is forgotten.
  struct ByteSource: Sendable {
    let feed: @Sendable (_ write: @Sendable ([UInt8]) async throws -> Void) async throws -> Void

    init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks) where Chunks.Element == [UInt8] {
      feed = { write in
        for try await chunk in chunks { try await write(chunk) }
      }
    }
  }
}
