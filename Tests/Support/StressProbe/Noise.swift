import Glibc
import Synchronization

/// What else goes on in a server: threads that allocate, start processes through other libraries, and open files, all the while.
final class Noise: Sendable {
  private let working = Atomic<Bool>(true)
  private let resting = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private let complaint = Mutex<String?>(nil)
  let processes = Atomic<Int>(0)
  private let threads: Int

  init(threads: Int) throws {
    self.threads = threads
    try countChildSignals()
    for index in 0..<threads {
      var thread = pthread_t()
      let box = Unmanaged.passRetained(Box(self, index))
      let error = pthread_create(
        &thread, nil,
        { box in
          let box = Unmanaged<Box>.fromOpaque(box!).takeRetainedValue()
          box.noise.run(box.index)
          return nil
        }, box.toOpaque())
      guard error == 0 else { throw Failure("pthread_create: errno \(error)") }
      pthread_detach(thread)
    }
  }

  private final class Box {
    let noise: Noise
    let index: Int
    init(_ noise: Noise, _ index: Int) { (self.noise, self.index) = (noise, index) }
  }

  /// Comes back when every thread rests.
  func pause() {
    working.store(false, ordering: .sequentiallyConsistent)
    while resting.load(ordering: .sequentiallyConsistent) < threads { usleep(1000) }
  }

  func resume() { working.store(true, ordering: .sequentiallyConsistent) }

  func stop() {
    pause()
    stopped.store(true, ordering: .sequentiallyConsistent)
  }

  func check() throws {
    if let complaint = complaint.withLock({ $0 }) { throw Failure(complaint) }
  }

  private func run(_ index: Int) {
    var round = index
    while true {
      if !working.load(ordering: .sequentiallyConsistent) {
        resting.add(1, ordering: .sequentiallyConsistent)
        while !working.load(ordering: .sequentiallyConsistent) {
          if stopped.load(ordering: .sequentiallyConsistent) { return }
          usleep(1000)
        }
        resting.subtract(1, ordering: .sequentiallyConsistent)
      }
      round += 1
      allocate(round)
      usleep(UInt32.random(in: 1000..<20_000))
      if round.isMultiple(of: 50) {
        do {
          try round.isMultiple(of: 100) ? exit(with: round % 200) : list()
        } catch {
          complaint.withLock { $0 = $0 ?? "\(error)" }
        }
      }
    }
  }

  private func allocate(_ round: Int) {
    let blocks = (0..<16).map { _ in malloc(Int.random(in: 1..<20_000)) }
    let file = open("/dev/null", O_RDWR | O_CLOEXEC)
    for block in blocks { free(block) }
    close(file)
  }

  /// A child ends with the status that its parent gave it, and only its parent hears of it.
  private func exit(with status: Int) throws {
    let child = try start("/bin/sh", ["-c", "exit \(status)"], output: nil)
    processes.add(1, ordering: .relaxed)
    var ended: CInt = 0
    var got = waitpid(child, &ended, 0)
    while got < 0, errno == EINTR { got = waitpid(child, &ended, 0) }
    guard got == child, ended == CInt(status) << 8 else {
      throw Failure("a child of the host's own was to exit with \(status): waitpid gave \(got), status \(ended), errno \(errno)")
    }
  }

  /// A child of somebody else has the three descriptors that it was given, and the one that it reads with.
  private func list() throws {
    let (output, input) = try closingPipe()
    defer { close(output) }
    let child = try start("/bin/ls", ["-l", "/proc/self/fd"], output: input)
    processes.add(1, ordering: .relaxed)
    close(input)
    var listing: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(output, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      listing += chunk[..<count]
    }
    while waitpid(child, nil, 0) < 0, errno == EINTR {}
    let lines = String(decoding: listing, as: UTF8.self).split(separator: "\n").filter { $0.contains(" -> ") }
    let others = lines.filter { line in
      !["0", "1", "2"].contains { line.contains(" \($0) -> ") } && !line.hasSuffix("/fd")
    }
    guard lines.count >= 3, others.isEmpty else { throw Failure("a child of the host's own has \(others), of \(lines.count)") }
  }
}

private let childSignals = Atomic<Int>(0)

/// A handler of the host's own, which only counts, as one that wakes an event loop would.
private func countChildSignals() throws {
  var action = sigaction()
  action.__sigaction_handler.sa_handler = { _ in childSignals.add(1, ordering: .relaxed) }
  action.sa_flags = CInt(SA_RESTART)
  guard sigaction(SIGCHLD, &action, nil) == 0 else { throw Failure("sigaction: errno \(errno)") }
}

func childSignalsSoFar() -> Int { childSignals.load(ordering: .relaxed) }
