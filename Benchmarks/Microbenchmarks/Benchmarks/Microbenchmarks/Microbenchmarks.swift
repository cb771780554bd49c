import Benchmark
import FoundationEssentials
import Sandbox

/// The library's pieces by themselves: what a spawn does before the kernel is asked, and a spawn.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .cpuTotal, .throughput], maxDuration: .seconds(3), maxIterations: 100_000)

  let sandbox = Sandbox()
  let command = Sandbox.Command("/usr/bin/true", output: .discarded, error: .discarded)

  Benchmark("validate") { benchmark in
    for _ in benchmark.scaledIterations { try sandbox.validate(for: .spawn) }
  }
  Benchmark("plan: look at the host, validate, lower") { benchmark in
    for _ in benchmark.scaledIterations { blackHole(try sandbox.plan(for: command)) }
  }
  Benchmark("plan: encode") { benchmark in
    let plan = try sandbox.plan(for: command)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { blackHole(plan.encodedBytes) }
  }
  Benchmark("plan: print") { benchmark in
    let plan = try sandbox.plan(for: command)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { blackHole(plan.description) }
  }
  Benchmark("policy: to JSON") { benchmark in
    for _ in benchmark.scaledIterations { blackHole(try JSONEncoder().encode(sandbox)) }
  }
  Benchmark("policy: from JSON") { benchmark in
    let text = try JSONEncoder().encode(sandbox)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { blackHole(try JSONDecoder().decode(Sandbox.self, from: text)) }
  }
  Benchmark("spawn and wait") { benchmark in
    for _ in benchmark.scaledIterations { blackHole(try await sandbox.spawn(command).wait()) }
  }
  Benchmark("run, output collected") { benchmark in
    for _ in benchmark.scaledIterations { blackHole(try await sandbox.run("/usr/bin/true")) }
  }
}
