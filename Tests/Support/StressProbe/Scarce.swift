import Glibc
import Sandbox

/// Spawns with every number of descriptors that are too few, and with some that are enough; each that fails says of what.
func spawnShortOfDescriptors() async throws -> String {
  _ = try await Sandbox().run("/bin/true")
  let before = try await Inventory.settled()
  let prepared = try await Sandbox().prepare()
  guard try await prepared.run("/bin/true").isSuccess else { throw Failure("the control") }
  // The limit is on their numbers, and there may be gaps below.
  let used = names(in: "/proc/self/fd").compactMap { Int($0) }.max()! + 1
  var failed = 0, ran = 0
  for sandbox in [nil, prepared] {
    for more in -4..<36 {
      guard let error = try await attempt(sandbox, descriptors: used + more) else {
        ran += 1
        continue
      }
      guard error.errno == EMFILE, "\(error)".contains("EMFILE") else { throw Failure("with \(more) more: \(error)") }
      failed += 1
    }
  }
  await prepared.end()
  try await Inventory.settled().expectNoMore(than: before)
  guard failed > 10, ran > 10 else { throw Failure("\(failed) failed, \(ran) ran: there is nothing to see") }
  return "\(failed) had too few, \(ran) enough"
}

private func attempt(_ prepared: Sandbox.Prepared?, descriptors: Int) async throws -> Sandbox.Error? {
  let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  var limit = rlimit()
  getrlimit(kind, &limit)
  var lower = limit
  lower.rlim_cur = rlim_t(descriptors)
  guard setrlimit(kind, &lower) == 0 else { throw Failure("setrlimit: errno \(errno)") }
  defer { setrlimit(kind, &limit) }
  do {
    let outcome = if let prepared { try await prepared.run("/bin/true") } else { try await Sandbox().run("/bin/true") }
    guard outcome.isSuccess else { throw Failure("\(outcome.verdict), \(outcome.standardError)") }
    return nil
  } catch let error as Sandbox.Error {
    return error
  }
}
