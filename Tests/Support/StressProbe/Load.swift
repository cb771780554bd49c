import Glibc
import Sandbox

/// Spawns one after the other and many at once in a busy host; nothing fails, grows or stays.
func load(spawns: Int, atOnce: Int, threads: Int) async throws -> String {
  let noise = try Noise(threads: threads)
  // First what is made once and kept, and as much memory as many at once need.
  try await round(spawns: spawns / 10 + 1, atOnce: atOnce)
  noise.pause()
  let before = try await Inventory.settled()
  noise.resume()
  try await round(spawns: spawns, atOnce: atOnce)
  noise.pause()
  let after = try await Inventory.settled()
  noise.stop()
  try noise.check()
  try after.expectNoMore(than: before)
  let processes = noise.processes.load(ordering: .relaxed)
  guard processes > 0, childSignalsSoFar() > 0 else { throw Failure("the host was not busy: \(processes) processes") }
  let memory = "resident memory \(before.memory) to \(after.memory) kB"
  return "\(spawns) spawns and twice \(atOnce) at once beside \(processes) other processes; \(memory)"
}

/// Half of them each of a sandbox that is prepared, and ends with this.
private func round(spawns: Int, atOnce: Int) async throws {
  let prepared = try await Sandbox().prepare()
  for index in 0..<spawns { try await run(index.isMultiple(of: 2) ? prepared : nil, index) }
  for prepares in [false, true] {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<atOnce { group.addTask { try await run(prepares ? prepared : nil, index) } }
      try await group.waitForAll()
    }
  }
  await prepared.end()
}

/// One program, whose output and status are its own.
@Sendable private func run(_ prepared: Sandbox.Prepared?, _ index: Int) async throws {
  let command = Sandbox.Command("/bin/sh", arguments: ["-c", "echo \(index); exit \(index % 100)"])
  let outcome = if let prepared { try await prepared.run(command) } else { try await Sandbox().run(command) }
  guard outcome.verdict == .finished, outcome.terminationStatus == .exited(index % 100), outcome.standardOutput == "\(index)\n"
  else {
    throw Failure("\(index): \(outcome.verdict), \(String(describing: outcome.terminationStatus)), \(outcome.standardOutput)")
  }
}

/// What this process holds.
struct Inventory {
  let descriptors: [String]
  let children: [pid_t]
  let mounts: String
  /// Resident, in kB.
  let memory: Int

  /// What ends on other threads is given a moment.
  static func settled() async throws -> Inventory {
    var last = Inventory()
    for _ in 0..<100 {
      try await Task.sleep(for: .milliseconds(50))
      let next = Inventory()
      if next.descriptors == last.descriptors, next.children == last.children { return next }
      last = next
    }
    return last
  }

  private init() {
    descriptors = names(in: "/proc/self/fd").map { name in
      var target = [CChar](repeating: 0, count: 256)
      let count = readlink("/proc/self/fd/\(name)", &target, target.count)
      return "\(name) \(String(decoding: target[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self))"
    }.filter { !$0.hasSuffix("[timerfd]") }  // Dispatch makes its timers when it needs them, and keeps them
    children = StressProbe.children(of: getpid())
    mounts = text(of: "/proc/self/mountinfo")
    let line = text(of: "/proc/self/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    memory = line.split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }.first ?? 0
  }

  /// Of memory 16 MiB more are allowed, whatever the number of spawns: what an allocator keeps for 64 threads is no leak, and two
  /// kilobytes a spawn are found in 10,000. (A sanitizer's own memory grows with what it has seen.)
  func expectNoMore(than before: Inventory) throws {
    guard descriptors == before.descriptors else { throw Failure("descriptors \(descriptors), before \(before.descriptors)") }
    guard children == before.children else {
      throw Failure("children \(children.map(account)), before \(before.children)")
    }
    guard mounts == before.mounts else { throw Failure("the mounts have changed: \(mounts)") }
    let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
    guard memory > 0, memory < before.memory + 16384 || isSanitized else {
      throw Failure("\(memory) kB of memory, before \(before.memory)")
    }
  }
}
