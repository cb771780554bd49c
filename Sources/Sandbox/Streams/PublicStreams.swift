internal import SandboxKernel
internal import SandboxPlanning

extension Sandbox {
  /// What a program writes, in chunks, as they come. It has one reader, and reads no faster than that one asks: a program
  /// whose output nobody reads waits. It ends when the jail has ended.
  public struct OutputSequence: AsyncSequence, Sendable {
    /// A chunk of bytes, never empty.
    public typealias Element = [UInt8]
    /// What can go wrong: ``Error/Kind/cancelled`` and ``Error/Kind/host``.
    public typealias Failure = Sandbox.Error

    let channel: OutputChannel

    /// Reads chunk by chunk.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let channel: OutputChannel

      /// The next chunk; `nil` at the end.
      public mutating func next() async throws(Sandbox.Error) -> [UInt8]? { try await channel.next().get() }

      /// The next chunk; `nil` at the end.
      public mutating func next(isolation actor: isolated (any Actor)?) async throws(Sandbox.Error) -> [UInt8]? {
        try await channel.next().get()
      }
    }

    /// An iterator; all of a sequence share one stream.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: channel) }

    /// Everything to the end, as UTF-8.
    public func text() async throws(Sandbox.Error) -> String {
      var bytes: [UInt8] = []
      var iterator = makeAsyncIterator()
      while let chunk = try await iterator.next() { bytes += chunk }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Writes a program's standard input.
  public struct InputWriter: Sendable {
    let pump: InputPump

    /// Writes all of it, as fast as the program reads.
    ///
    /// - Throws: ``Error/Kind/inputClosed`` where the program reads no more; ``Error/Kind/cancelled`` where the calling task
    ///   was cancelled, and the program has read a part of it at most.
    public func write(_ bytes: [UInt8]) async throws(Sandbox.Error) {
      switch await pump.write(bytes) {
      case .written: return
      case .closed: throw Sandbox.Error.inputClosed
      case .cancelled: throw Sandbox.Error(.cancelled, problems: [Problem("command.input", "the writing task was cancelled")])
      }
    }

    /// Writes a text as UTF-8.
    ///
    /// - Throws: as for bytes.
    public func write(_ text: String) async throws(Sandbox.Error) { try await write(Array(text.utf8)) }

    /// Ends the input: the program reads the end of the file.
    public func finish() async { await pump.finish() }
  }
}
