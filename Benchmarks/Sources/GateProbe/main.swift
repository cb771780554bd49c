// What the gate measures in the library itself: nothing of it depends on how busy the machine is.
import Allocations
import Glibc
import Sandbox

func fail(_ what: String) -> Never {
  print("GateProbe: \(what)")
  exit(1)
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2 else { fail("usage: GateProbe NOOP sizes | GateProbe NOOP spawn|prepared COUNT") }
let sandbox = jail(arguments[0])
func jail(_ payload: String) -> Sandbox {
  var sandbox = Sandbox()
  sandbox.filesystem.mounts.append(.bind(payload, at: "/payload"))
  return sandbox
}
func command(_ inside: [String] = []) -> Sandbox.Command {
  Sandbox.Command("/payload", arguments: inside, output: .discarded, error: .discarded)
}

/// So many spawns, and their allocations each.
func spawn(_ count: Int, _ start: () async throws -> Sandbox.Process) async throws {
  let before = allocations_now()
  for _ in 0..<count {
    let outcome = try await start().wait()
    guard outcome.isSuccess else { fail("the payload ended with \(outcome.verdict)") }
  }
  let after = allocations_now()
  guard after.count > 0 else { fail("what it allocates is not counted: it is linked for that statically, by Benchmarks/gate") }
  guard count > 0 else { return }
  print("allocations \((after.count - before.count) / UInt(count))")
  print("allocated-bytes \((after.bytes - before.bytes) / UInt(count))")
}

/// The sizes of what is handed to the jailer, and of the jailer while a payload runs.
func sizes() async throws {
  let plan = try sandbox.plan(for: command())
  print("plan-bytes \(plan.encodedBytes.count)")
  print("plan-steps \(plan.count)")
  var payloadFilter = 0, initFilter = 0
  for line in plan.description.split(separator: "\n") where line.contains("load-filter ") {
    let words = line.split(separator: " ")
    guard let count = words.firstIndex(of: "load-filter").flatMap({ Int(words[$0 + 1]) }) else {
      fail("the plan's text is another: \(line)")
    }
    if words[1] == "init" { initFilter += count } else { payloadFilter += count }
  }
  print("filter-instructions \(payloadFilter)")
  print("init-filter-instructions \(initFilter)")

  let process = try await sandbox.spawn(command(["wait"]))
  // Past the payload's start, the init still closes and maps.
  usleep(100_000)
  guard let memory = memory(of: process.processIdentifier) else { fail("the init's memory cannot be read") }
  print("init-resident-KiB \(memory.resident)")
  print("init-alone-KiB \(memory.alone)")
  await process.kill()
}

func memory(of pid: Int32) -> (resident: Int, alone: Int)? {
  guard let file = fopen("/proc/\(pid)/smaps_rollup", "re") else { return nil }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256), resident = 0, alone = 0
  while fgets(&line, CInt(line.count), file) != nil {
    let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
    guard words.count > 1, let number = Int(words[1]) else { continue }
    if words[0] == "Rss:" { resident = number }
    if words[0].hasPrefix("Private_") { alone += number }
  }
  return resident > 0 ? (resident, alone) : nil
}

switch arguments[1] {
case let how where how == "spawn" || how == "prepared":
  let prepared = how == "prepared" ? try await sandbox.prepare() : nil
  let start = {
    if let prepared { return try await prepared.spawn(command()) }
    return try await sandbox.spawn(command())
  }
  // The first makes what a process makes once.
  try await spawn(3, start)
  print("warm")
  try await spawn(arguments.count > 2 ? Int(arguments[2]) ?? 1 : 1, start)
  await prepared?.end()
case "sizes": try await sizes()
default: fail("there is no \(arguments[1])")
}
