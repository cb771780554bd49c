import Glibc

/// A floor: a program of ours in C, which does as it is told on its standard input (Floors/main.c).
final class FloorContender: Contender {
  let description: Description
  private let kind: String
  private let child: Child
  private let input: UnsafeMutablePointer<FILE>
  private let output: UnsafeMutablePointer<FILE>
  private let payload: String
  private let failing: String

  /// - Parameters:
  ///   - noop: the payload's path inside, or a whole command.
  ///   - failing: the same with the payload's argument "fail"; nil where the argument can just be added.
  ///   - stage: the command that makes the floor's surroundings.
  init(
    _ kind: String, _ description: Description, programs: String, specification: String, noop: String, failing: String? = nil,
    burden: Burden = .none, stage: [String] = []
  ) throws {
    self.description = description
    self.kind = kind
    self.payload = noop
    self.failing = failing ?? "\(noop) fail"
    let to = try makePipe(), from = try makePipe()
    child = try Child(
      stage + [
        "\(programs)/floor", kind, specification, "--memory", "\(burden.memory)", "--descriptors", "\(burden.descriptors)",
      ],
      streams: [0: .descriptor(to.read), 1: .descriptor(from.write), 2: .inherited])
    close(to.read)
    close(from.write)
    input = fdopen(to.write, "w")
    output = fdopen(from.read, "r")
    guard line() == "ready" else { throw Failure("the floor \(kind) could not be prepared") }
  }

  private func line() -> String? {
    var pointer: UnsafeMutablePointer<CChar>?
    var size = 0
    defer { free(pointer) }
    let count = getline(&pointer, &size, output)
    guard count > 0, let pointer else { return nil }
    return String(cString: pointer).split(separator: "\n").first.map(String.init)
  }

  private func ask(_ question: String) throws -> [Int] {
    fputs(question + "\n", input)
    fflush(input)
    guard let answer = line(), answer.hasPrefix("ok ") else { throw Failure("the floor \(kind) ended at \"\(question)\"") }
    return answer.split(separator: " ").dropFirst().compactMap { Int($0) }
  }

  func spawn() async throws -> Sample {
    let answer = try ask("run - \(payload)")
    guard answer[3] == 0 else { throw Failure("the payload ended with \(answer[3])") }
    return Sample(nanoseconds: UInt64(answer[0]), cpu: UInt64(answer[1]), ahead: UInt64(answer[2]))
  }

  func spawnFailing() async throws -> Int { try ask("run - \(failing)")[3] }

  /// What the probe says, written to a file. Afterwards the floor is spoilt for measuring: its payloads write there.
  func probe(_ program: String, to file: String) throws -> Int { try ask("run \(file) \(program)")[3] }

  /// Nanoseconds for so many spawns, `workers` at once.
  func many(_ total: Int, workers: Int) throws -> UInt64 {
    let answer = try ask("many \(workers) \(total) \(payload)")
    guard answer[1] == 0 else { throw Failure("\(answer[1]) payloads of the floor \(kind) failed") }
    return UInt64(answer[0])
  }

  /// Starts so many that live until the floor ends.
  func hold(_ count: Int) throws { _ = try ask("hold \(count) \(payload) wait") }

  var pid: pid_t { child.pid }

  func end() async {
    fclose(input)
    fclose(output)
    child.kill()
    child.wait()
  }
}

/// What the process that spawns carries.
struct Burden: Sendable, Codable, Equatable {
  var memory = 0
  var descriptors = 0
  static let none = Burden()
}
