internal import SandboxKernel

/// Something that takes what a program writes.
@Reactor protocol OutputSink: AnyObject {
  /// How many bytes of what the program wrote did not get where they were to go.
  var cut: Int { get }
  /// Begins, or goes on, to read from a descriptor that does not block.
  func attach(_ descriptor: consuming OwnedDescriptor)
  /// The jail has ended: what has been written so far is all there is, whoever else may hold the other end.
  ///
  /// - Parameter whenDone: called once, when all of it is delivered or given up.
  func jailEnded(whenDone: @escaping @Reactor () -> Void)
  /// After ``jailEnded(whenDone:)``: gives up what could only be delivered by waiting longer, and counts it in ``cut``.
  func abandon()
}

/// What is left to read of a stream whose jail has ended: what it holds at that moment. Someone outside whom the program
/// gave its end to could go on writing for ever.
struct Remainder {
  private(set) var bytes: Int

  /// - Parameter descriptor: a pipe, or a terminal's master, which cannot say how much its other side has written.
  init(of descriptor: CInt, isTerminal: Bool) throws(SystemCallError) {
    bytes = isTerminal ? 1 << 20 : try descriptor.readableBytes()
  }

  mutating func take(_ count: Int) { bytes = max(0, bytes - count) }
}
