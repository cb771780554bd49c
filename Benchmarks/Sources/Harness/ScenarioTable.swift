/// Everything that can be measured, by name.
enum ScenarioTable {
  struct Entry: Sendable {
    let name: String
    let title: String
    let run: @Sendable (Bench) async throws -> [Scenario]
  }

  static let all: [Entry] = [
    Entry(name: "spawn", title: "A no-op, from before its spawn until its end is known") { bench in
      [await bench.interleaved("spawn", "A no-op, from before its spawn until its end is known")]
    },
    Entry(name: "steps", title: "Where the library's time goes, by the jailer's report") { try await [steps($0)] },
    Entry(name: "mechanisms", title: "The library's jail with one mechanism, and with all") { await [mechanisms($0)] },
    Entry(name: "memory", title: "With touched memory in the spawning process") { try memory($0) },
    Entry(name: "descriptors", title: "With open descriptors in the spawning process") { try descriptors($0) },
    Entry(name: "mounts", title: "With mounts on the host") { try mounts($0) },
    Entry(name: "concurrency", title: "Several spawns at once") { try await concurrency($0) },
    Entry(name: "live", title: "With live jails on the machine") { try await live($0) },
    Entry(name: "stdout", title: "Bytes of a payload's standard output") { try await stdout($0) },
    Entry(name: "enter", title: "A process that jails itself, with 1, 8 and 64 threads") { try entries($0) },
    Entry(name: "tool", title: "The tool as a whole process") { await [tool($0)] },
  ]

  /// Who grows, or does not, with what.
  static let growing = ["spawn", "prepared-own", "prepared-ahead", "C", "F-own", "F-ahead", "posix_spawn", "bubblewrap", "tool"]
}
