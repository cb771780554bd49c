internal import SandboxKernel
internal import SandboxPlanning

/// A command's streams, made ready: what the program gets, and what serves the other ends.
@Reactor final class Wiring {
  /// What the program gets, in the order of ``Sandbox/Command/descriptorNumbers``; gone once it has been handed over.
  private(set) var handed: [SharedDescriptor] = []
  private(set) var input: InputPump?
  private(set) var outputs: [Sandbox.Stream: any OutputSink] = [:]
  /// Relays of further descriptors.
  private var others: [any OutputSink] = []
  /// They are given this object, and do not hold it: it may be let go before it is started.
  private var starts: [@Reactor (Wiring) -> Void] = []
  private var closes: [@Reactor () -> Void] = []
  private let onFailure: @Reactor @Sendable (PolicyPath, SystemCallError) -> Void
  private let onInputFailure: @Reactor @Sendable (String) -> Void
  private var feed: Task<Void, Never>?
  private let hasTerminal: Bool

  /// - Parameters:
  ///   - onFailure: a relay could not go on.
  ///   - onInputFailure: the sequence that is the input threw.
  init(
    _ command: Sandbox.Command, onFailure: @escaping @Reactor @Sendable (PolicyPath, SystemCallError) -> Void,
    onInputFailure: @escaping @Reactor @Sendable (String) -> Void
  ) throws(Sandbox.Error) {
    self.onFailure = onFailure
    self.onInputFailure = onInputFailure
    self.hasTerminal = command.terminal != nil
    try Sandbox.Error.translating {
      let input = try connectInput(command.input.source)
      let output = try connectOutput(command.output.destination, .standardOutput, inherits: 1, at: "command.output")
      if !hasTerminal {
        handed = [input!, output!]
        if case .sameAsOutput = command.error.destination {
          handed.append(output!)
        } else {
          handed.append(try connectOutput(command.error.destination, .standardError, inherits: 2, at: "command.error")!)
        }
      }
      for (number, descriptor) in command.descriptors.sorted(by: { $0.key < $1.key }) {
        handed.append(try connect(descriptor, as: number))
      }
    }
  }

  /// Begins to serve: once the program has its ends.
  func start() {
    handed = []
    for start in starts { start(self) }
    starts = []
  }

  /// The terminal of the jail has come.
  func attachTerminal(_ master: consuming OwnedDescriptor) throws(SystemCallError) {
    try master.setNonBlocking()
    if let output = outputs[.standardOutput] { output.attach(try master.duplicate()) }
    terminal = SharedDescriptor(try master.duplicate())
    input?.attach(consume master)
  }

  private(set) var terminal: SharedDescriptor?

  /// Everything that the program has written is read; then `whenDone`.
  func jailEnded(isAbandoned: Bool, whenDone: @escaping @Reactor () -> Void) {
    feed?.cancel()
    for close in closes { close() }
    input?.close()
    var sinks = Array(outputs.values) + others
    func next() {
      guard let sink = sinks.popLast() else {
        terminal = nil
        return whenDone()
      }
      sink.jailEnded(isAbandoned: isAbandoned, whenDone: next)
    }
    next()
  }

  // MARK: Input

  /// What the program gets as descriptor 0; nil with a terminal, which gives it that.
  private func connectInput(_ source: Sandbox.Input.Source) throws -> SharedDescriptor? {
    if case .descriptor(let descriptor) = source { return try connectInput(from: descriptor) }
    if case .none = source { return hasTerminal ? nil : try Self.nullDevice(flags: 0) }
    let (pump, end) = try makePump(at: "command.input")
    switch source {
    case .bytes(let bytes):
      starts.append { _ in
        pump.write(bytes) { _ in }
        pump.finish()
      }
    case .sequence(let sequence): starts.append { $0.feed(pump, from: sequence) }
    case .writer, .none, .descriptor: break
    }
    return end
  }

  private func feed(_ pump: InputPump, from sequence: Sandbox.ByteSource) {
    let onInputFailure = onInputFailure
    feed = Task {
      do {
        try await sequence.feed { chunk in
          guard await pump.write(chunk) == .written else { throw Sandbox.Error.inputClosed }
        }
        pump.finish()
      } catch let error as Sandbox.Error where error.kind == .inputClosed {
        // The program has read what it wanted.
      } catch {
        pump.close()
        if !Task.isCancelled { onInputFailure("\(error)") }
      }
    }
  }

  private func connectInput(from descriptor: Sandbox.Descriptor) throws -> SharedDescriptor? {
    let number = descriptor.number ?? 0
    let path: PolicyPath = "command.input"
    let way = try HandedDescriptor.classify(number, of: descriptor, at: path)
    if !hasTerminal, case .direct = way { return SharedDescriptor(try OwnedDescriptor(duplicating: number)) }
    let (pump, end) = try makePump(at: path)
    let fail = failure(at: path)
    switch way {
    case .relayedFile:
      let source = FileSource(try OwnedDescriptor(duplicating: number), pump: pump, onFailure: fail)
      starts.append { _ in source.start() }
    case .relayedPipe, .direct:
      let source = ReadySource(try Self.ownOpening(of: number, flags: 0), pump: pump, onFailure: fail)
      starts.append { _ in source.start() }
      closes.append { source.close() }
    }
    return end
  }

  private func makePump(at path: PolicyPath) throws -> (InputPump, SharedDescriptor?) {
    let fail = failure(at: path)
    if hasTerminal {
      let pump = InputPump(nil, endMark: [4], onFailure: fail)  // Ctrl-D
      input = pump
      return (pump, nil)
    }
    let pipe = try OwnedDescriptor.pipe()
    // To be opened again for reading alone.
    try pipe.first.setMode(0o444)
    try pipe.second.setNonBlocking()
    return pipe.split { read, write in
      let pump = InputPump(write, onFailure: fail)
      input = pump
      return (pump, SharedDescriptor(read))
    }
  }

  // MARK: Output

  /// What the program gets as descriptor 1 or 2; nil with a terminal.
  private func connectOutput(
    _ destination: Sandbox.Output.Destination, _ stream: Sandbox.Stream, inherits: CInt, at path: PolicyPath
  ) throws -> SharedDescriptor? {
    let fail = failure(at: path)
    switch destination {
    case .collected(let limit): return try serve(OutputCollector(limit: limit, onFailure: fail), as: stream)
    case .sequence: return try serve(OutputChannel(), as: stream)
    case .discarded where !hasTerminal: return try Self.nullDevice(flags: 1)
    case .discarded, .sameAsOutput: return try serve(OutputCollector(limit: 0, discards: true, onFailure: fail), as: stream)
    case .descriptor(let descriptor):
      let number = descriptor.number ?? inherits
      let way = try HandedDescriptor.classify(number, of: descriptor, at: path)
      if !hasTerminal, case .direct = way { return SharedDescriptor(try OwnedDescriptor(duplicating: number)) }
      return try serve(try sink(to: number, way, onFailure: fail), as: stream)
    }
  }

  private func sink(
    to number: CInt, _ way: HandedDescriptor, onFailure: @escaping @Reactor @Sendable (SystemCallError) -> Void
  ) throws -> any OutputSink {
    let copy = try OwnedDescriptor(duplicating: number)
    // A terminal's output is no pipe, which splice needs.
    if case .relayedPipe = way, !hasTerminal { return PipeRelay(from: nil, to: copy, onFailure: onFailure) }
    return FileSink(copy, onFailure: onFailure)
  }

  private func serve(_ sink: any OutputSink, as stream: Sandbox.Stream) throws -> SharedDescriptor? {
    outputs[stream] = sink
    return hasTerminal ? nil : try pipe(into: sink)
  }

  private func pipe(into sink: any OutputSink) throws -> SharedDescriptor {
    let pipe = try OwnedDescriptor.pipe()
    // To be opened again for writing alone; as root the payload is not the pipe's owner.
    try pipe.second.setMode(0o222)
    try pipe.first.setNonBlocking()
    return pipe.split { read, write in
      let end = SharedDescriptor(read)
      starts.append { wiring in
        do throws(SystemCallError) {
          sink.attach(try OwnedDescriptor(duplicating: end.number))
        } catch {
          wiring.onFailure("command", error)
        }
      }
      return SharedDescriptor(write)
    }
  }

  // MARK: Further descriptors

  private func connect(_ descriptor: Sandbox.Descriptor, as number: Int) throws -> SharedDescriptor {
    let path = PolicyPath("command.descriptors").element(number)
    let host = descriptor.number ?? CInt(number)
    let way = try HandedDescriptor.classify(host, of: descriptor, at: path)
    if case .direct = way { return SharedDescriptor(try OwnedDescriptor(duplicating: host)) }
    let fail = failure(at: path)
    switch try OwnedDescriptor.flags(of: host) & 3 {
    case 0:
      let pipe = try OwnedDescriptor.pipe()
      try pipe.first.setMode(0o444)
      try pipe.second.setNonBlocking()
      return try pipe.split { read, write in
        if case .relayedPipe = way {
          let relay = PipeRelay(from: try OwnedDescriptor(duplicating: host), to: write, onFailure: fail)
          starts.append { _ in relay.start() }
          closes.append { relay.close() }
        } else {
          let pump = InputPump(write, onFailure: fail)
          let source = FileSource(try OwnedDescriptor(duplicating: host), pump: pump, onFailure: fail)
          starts.append { _ in source.start() }
          closes.append { pump.close() }
        }
        return SharedDescriptor(read)
      }
    case 1:
      let sink = try sink(to: host, way, onFailure: fail)
      others.append(sink)
      return try self.pipe(into: sink)
    default:
      throw Sandbox.Error.invalid([
        Problem(
          path, "descriptor \(host) is open for reading and writing, and cannot be relayed",
          hint: "open it for one of the two, or say Descriptor(…, reopenableBecause:)")
      ])
    }
  }

  // MARK: Parts

  private func failure(at path: PolicyPath) -> @Reactor @Sendable (SystemCallError) -> Void {
    { [onFailure] error in onFailure(path, error) }
  }

  private static func nullDevice(flags: CInt) throws(SystemCallError) -> SharedDescriptor {
    SharedDescriptor(try OwnedDescriptor.open("/dev/null", flags: flags))
  }

  /// A terminal is opened again, so that not to wait is a flag of our own opening; anything else is only read when it is
  /// ready.
  private static func ownOpening(of number: CInt, flags: CInt) throws(SystemCallError) -> OwnedDescriptor {
    if OwnedDescriptor.isTerminal(number) {
      do throws(SystemCallError) {
        return try OwnedDescriptor.open("/proc/self/fd/\(number)", flags: flags | 0x800)  // O_NONBLOCK
      } catch {
        // Without a /proc, or where the terminal belongs to another user: read only when ready.
        return try OwnedDescriptor(duplicating: number)
      }
    }
    return try OwnedDescriptor(duplicating: number)
  }
}
