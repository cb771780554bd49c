internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

/// A command's streams, made ready: what the program gets, and what serves the other ends.
@Reactor final class Wiring {
  /// What the program gets, in the order of ``Sandbox/Command/descriptorNumbers``; gone once it has been handed over.
  private(set) var handed: [SharedDescriptor] = []
  private(set) var input: InputPump?
  private(set) var outputs: [Sandbox.Stream: any OutputSink] = [:]
  /// Relays of further descriptors.
  private var others: [any OutputSink] = []
  /// Neither keeps this object alive: one that is never started, or only half made, goes with its descriptors.
  private var starts: [@Reactor () -> Void] = []
  private var closes: [@Reactor () -> Void] = []
  private let onFailure: @Reactor @Sendable (PolicyPath, SystemCallError) -> Void
  private let onInputFailure: @Reactor @Sendable (String) -> Void
  private var feed: Task<Void, Never>?
  private let hasTerminal: Bool
  private let mayBeRoot: Bool

  /// - Parameters:
  ///   - mayBeRoot: whether the program may be the host's root, whose its devices are.
  ///   - onFailure: a relay could not go on.
  ///   - onInputFailure: the sequence that is the input threw.
  init(
    _ command: Sandbox.Command, mayBeRoot: Bool, onFailure: @escaping @Reactor @Sendable (PolicyPath, SystemCallError) -> Void,
    onInputFailure: @escaping @Reactor @Sendable (String) -> Void
  ) throws(Sandbox.Error) {
    self.onFailure = onFailure
    self.onInputFailure = onInputFailure
    self.hasTerminal = command.terminal != nil
    self.mayBeRoot = mayBeRoot
    try Sandbox.Error.translating {
      let input = try connectInput(command.input.source)
      let output = try connectOutput(command.output.destination, .standardOutput, inherits: 1, at: "command.output")
      if !hasTerminal {
        handed = [input!, output!]
        if Self.areOne(command.output.destination, command.error.destination)
          || Self.areDiscarded(command.output.destination, command.error.destination)
        {
          handed.append(output!)
        } else {
          handed.append(try connectOutput(command.error.destination, .standardError, inherits: 2, at: "command.error")!)
        }
      }
      for (number, descriptor) in command.descriptors.sorted(by: { $0.key < $1.key }) {
        handed.append(try connect(descriptor, as: number))
      }
      for (kind, descriptor) in command.joinedNamespaces {
        let path = PolicyPath("command.namespaces").appending(kind.rawValue)
        handed.append(
          try Sandbox.Error.translating(at: path) {
            SharedDescriptor(try OwnedDescriptor(duplicating: descriptor.rawValue))
          })
      }
    }
  }

  /// Begins to serve: once the program has its ends.
  func start() {
    handed = []
    for start in starts { start() }
    starts = []
  }

  /// The terminal of the jail has come.
  func attachTerminal(_ master: consuming OwnedDescriptor) throws(SystemCallError) {
    try master.setNonBlocking()
    // While the other side is open somewhere, the master has no end, though the program may close all of its own for a
    // moment.
    peer = SharedDescriptor(try master.terminalPeer())
    if let output = outputs[.standardOutput] { output.attach(try master.duplicate()) }
    terminal = SharedDescriptor(try master.duplicate())
    input?.attach(consume master)
  }

  private(set) var terminal: SharedDescriptor?
  private var peer: SharedDescriptor?

  private var sinks: [any OutputSink] { Array(outputs.values) + others }

  /// Everything that the program has written is delivered; then `whenDone`.
  func jailEnded(whenDone: @escaping @Reactor () -> Void) {
    feed?.cancel()
    for close in closes { close() }
    closes = []
    input?.close()
    let sinks = sinks
    var left = sinks.count
    func done() {
      left -= 1
      guard left < 0 else { return }
      terminal = nil
      peer = nil
      whenDone()
    }
    for sink in sinks { sink.jailEnded(whenDone: done) }
    // Last, for this itself: there may be no sink.
    done()
  }

  /// Nobody waits any longer for what is still to be delivered.
  func abandon() { for sink in sinks { sink.abandon() } }

  // MARK: Input

  /// What the program gets as descriptor 0; nil with a terminal, which gives it that.
  private func connectInput(_ source: Sandbox.Input.Source) throws -> SharedDescriptor? {
    if case .descriptor(let descriptor) = source { return try connectInput(from: descriptor) }
    if case .none = source, !hasTerminal { return try nullDevice(flags: 0) }
    let (pump, end) = try makePump(at: "command.input")
    switch source {
    case .bytes(let bytes):
      starts.append {
        pump.write(bytes) { _ in }
        pump.finish()
      }
    case .sequence(let sequence): starts.append { [weak self] in self?.feed(pump, from: sequence) }
    case .none: starts.append { pump.finish() }
    case .writer, .descriptor: break
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
    let handed = try HandedDescriptor(number, of: descriptor, at: path)
    if !hasTerminal { return try handOver(handed, number, at: path) }
    let (pump, end) = try makePump(at: path)
    try relay(handed, number, to: pump, at: path)
    return end
  }

  /// What the program reads from: the descriptor itself, or a pipe that is fed from it.
  private func handOver(_ handed: HandedDescriptor, _ number: CInt, at path: PolicyPath) throws -> SharedDescriptor {
    if handed.isDirect { return SharedDescriptor(try OwnedDescriptor(duplicating: number)) }
    let fail = failure(at: path)
    return try inputPipe { (write: consuming OwnedDescriptor) in
      if case .pipe = handed.kind {
        serve(PipeRelay(from: try OwnedDescriptor(duplicating: number), to: write, onFailure: fail))
      } else {
        let pump = InputPump(write, onFailure: fail)
        closes.append { pump.close() }
        try relay(handed, number, to: pump, at: path)
      }
    }.1
  }

  /// Reads a descriptor of the caller's without ever waiting for it on this thread.
  private func relay(_ handed: HandedDescriptor, _ number: CInt, to pump: InputPump, at path: PolicyPath) throws {
    let fail = failure(at: path)
    switch handed.kind {
    case .socket:
      serve(ReadySource(try OwnedDescriptor(duplicating: number), kind: .socket, pump: pump, onFailure: fail))
    case .pipe:
      let pipe = try OwnedDescriptor.pipe()
      try pipe.first.setNonBlocking()
      try pipe.second.setNonBlocking()
      try pipe.split { read, write in
        serve(PipeRelay(from: try OwnedDescriptor(duplicating: number), to: write, onFailure: fail))
        serve(ReadySource(read, kind: .pipe, pump: pump, onFailure: fail))
      }
    case .terminal:
      guard let own = handed.opensAgain(number, flags: 0) else { fallthrough }
      serve(ReadySource(own, kind: handed.kind, pump: pump, onFailure: fail))
    case .file, .device, .other:
      let source = try FileSource(try OwnedDescriptor(duplicating: number), pump: pump, onFailure: fail)
      starts.append { source.start() }
      closes.append { source.close() }
    }
  }

  private func serve(_ source: ReadySource) {
    starts.append { source.start() }
    closes.append { source.close() }
  }

  private func serve(_ relay: PipeRelay) {
    starts.append { relay.start() }
    closes.append { relay.close() }
  }

  private func makePump(at path: PolicyPath) throws -> (InputPump, SharedDescriptor?) {
    let fail = failure(at: path)
    if hasTerminal {
      let pump = InputPump(nil, isTyped: true, onFailure: fail)
      input = pump
      return (pump, nil)
    }
    let (pump, end) = try inputPipe { (write: consuming OwnedDescriptor) in InputPump(write, onFailure: fail) }
    input = pump
    return (pump, end)
  }

  /// A pipe for the program to read from, whose other end `body` gets.
  private func inputPipe<Result>(
    _ body: (consuming OwnedDescriptor) throws -> Result
  ) throws -> (Result, SharedDescriptor) {
    let pipe = try OwnedDescriptor.pipe()
    // To be opened again for reading alone.
    try pipe.first.setMode(0o444)
    try pipe.second.setNonBlocking()
    return try pipe.split { read, write in (try body(write), SharedDescriptor(read)) }
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
    case .discarded where !hasTerminal: return try nullDevice(flags: 1)
    case .discarded, .sameAsOutput: return try serve(OutputCollector(limit: 0, discards: true, onFailure: fail), as: stream)
    case .descriptor(let descriptor):
      let number = descriptor.number ?? inherits
      let handed = try HandedDescriptor(number, of: descriptor, at: path)
      if !hasTerminal, handed.isDirect { return SharedDescriptor(try OwnedDescriptor(duplicating: number)) }
      return try serve(try sink(to: number, handed, isPipe: !hasTerminal, onFailure: fail), as: stream)
    }
  }

  /// Whether the program's outputs are one stream, in the order of the writes: because the caller says so, or because both
  /// go to one terminal, or one socket.
  private static func areOne(_ output: Sandbox.Output.Destination, _ error: Sandbox.Output.Destination) -> Bool {
    switch (output, error) {
    case (_, .sameAsOutput): true
    case (.descriptor(let output), .descriptor(let error)):
      if output.reopenableBecause == nil, error.reopenableBecause == nil,
        let one = HandedDescriptor.identity(output.number ?? 1), let other = HandedDescriptor.identity(error.number ?? 2)
      {
        one == other
      } else {
        false
      }
    default: false
    }
  }

  /// Whether both go to the null device, which one descriptor is enough for.
  private static func areDiscarded(_ output: Sandbox.Output.Destination, _ error: Sandbox.Output.Destination) -> Bool {
    if case .discarded = output, case .discarded = error { true } else { false }
  }

  /// - Parameter isPipe: what it takes comes by a pipe, which splice(2) needs, and not from a terminal.
  private func sink(
    to number: CInt, _ handed: HandedDescriptor, isPipe: Bool,
    onFailure: @escaping @Reactor @Sendable (SystemCallError) -> Void
  ) throws -> any OutputSink {
    switch handed.kind {
    case .pipe where isPipe:
      return PipeRelay(from: nil, to: try OwnedDescriptor(duplicating: number), onFailure: onFailure)
    case .pipe, .terminal:
      let own = try handed.opensAgain(number, flags: 1) ?? OwnedDescriptor(duplicating: number)
      return try FileSink(own, way: .pieces, onFailure: onFailure)
    case .socket: return try FileSink(try OwnedDescriptor(duplicating: number), way: .socket, onFailure: onFailure)
    case .file, .device, .other:
      return try FileSink(try OwnedDescriptor(duplicating: number), way: .file, onFailure: onFailure)
    }
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
      starts.append { [onFailure] in
        do throws(SystemCallError) {
          sink.attach(try OwnedDescriptor(duplicating: end.number))
        } catch {
          onFailure("command", error)
        }
      }
      return SharedDescriptor(write)
    }
  }

  // MARK: Further descriptors

  private func connect(_ descriptor: Sandbox.Descriptor, as number: Int) throws -> SharedDescriptor {
    let path = PolicyPath("command.descriptors").element(number)
    let host = descriptor.number ?? CInt(number)
    let handed = try HandedDescriptor(host, of: descriptor, isStream: false, at: path)
    if handed.isDirect { return SharedDescriptor(try OwnedDescriptor(duplicating: host)) }
    switch try OwnedDescriptor.flags(of: host) & 3 {
    case 0: return try handOver(handed, host, at: path)
    case 1:
      let sink = try sink(to: host, handed, isPipe: true, onFailure: failure(at: path))
      others.append(sink)
      return try pipe(into: sink)
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

  private func nullDevice(flags: CInt) throws(SystemCallError) -> SharedDescriptor {
    SharedDescriptor(try OwnedDescriptor.open("/dev/null", flags: flags, byReadOnlyMount: mayBeRoot))
  }
}
