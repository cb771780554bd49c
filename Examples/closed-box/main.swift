// A program in a closed box, and everything that is known of its run.
import Sandbox

let outcome = try await Sandbox().run("/usr/bin/python3", arguments: ["-c", "print(6 * 7)"])

print("output:      \(outcome.standardOutput)", terminator: "")
print("status:      \(outcome.terminationStatus.map(String.init(describing:)) ?? "unknown")")
print("verdict:     \(outcome.verdict)")
print("enforcement: \(outcome.enforcement)")
print("steps:       \(outcome.steps.count), \(outcome.steps.map(\.duration).reduce(.zero, +)) together")
if let wall = outcome.usage.wallTime, let cpu = outcome.usage.cpuTime, let size = outcome.usage.largestResidentSize {
  print("usage:       \(wall) by the clock, \(cpu) of processors, \(size) resident at most")
}
