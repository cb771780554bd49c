/// Someone who starts the no-op and waits for its end.
protocol Contender: AnyObject {
  var description: Description { get }
  /// A spawn and the wait for its end, with what it took.
  func spawn() async throws -> Sample
  /// The same with the argument "fail", which the payload answers with status 3: gives the status.
  func spawnFailing() async throws -> Int
  func end() async
}

extension Contender {
  func end() async {}
  var name: String { description.name }
}

struct Description: Sendable, Codable, Equatable {
  enum Group: String, Sendable, Codable { case ours, floor, peer, bare }
  /// One word, by which it is chosen.
  let name: String
  let group: Group
  /// As it stands in tables.
  let title: String
  /// What it does that the library's closed box does not, and the other way round.
  let differs: String
}

struct Sample: Sendable {
  /// From before the spawn until its end is known.
  var nanoseconds: UInt64
  /// Of the spawner and of all that it has waited for.
  var cpu: UInt64
  /// Of what was made beforehand for this spawn alone.
  var ahead: UInt64 = 0
}

/// Times a body by the clock, and by its CPU time.
func sample(_ body: () async throws -> Int) async throws -> Sample {
  let cpu = usedCPU(), start = now()
  let status = try await body()
  let took = now() - start
  guard status == 0 else { throw Failure("the payload ended with \(status)") }
  return Sample(nanoseconds: took, cpu: usedCPU() - cpu)
}
