// Runs a program in a closed box, twice, and prints what the library said and what it left: for the lane `hosts`, which
// makes hosts on which it cannot. It takes no arguments, since Swift reads those from /proc, which such a host may lack; a variable
// of its environment says what else it is to do.
import Glibc
import Sandbox

/// Open descriptors by number, without a /proc.
func openDescriptors() -> [Int32] { (0..<4096).filter { fcntl($0, F_GETFD) >= 0 } }

/// Whether this process has a child, ended or not.
func hasChild() -> Bool {
  var information = siginfo_t()
  return waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD
}

func show(_ key: String, _ value: String) { print("\(key): \(value)") }

func attempt() async -> Sandbox.Error? {
  do {
    show("output", try await Sandbox().run("/bin/echo", arguments: ["ok"]).standardOutput.filter { $0 != "\n" })
    return nil
  } catch {
    return error
  }
}

func examine() async throws {
  // What is made once a process and kept is made by now; so is libdispatch's timer.
  try await Task.sleep(for: .milliseconds(1))
  _ = await attempt()
  let before = openDescriptors()
  let error = await attempt()
  // What ends on another thread is given a moment.
  for _ in 0..<100 where openDescriptors() != before || hasChild() { usleep(20_000) }

  if let error {
    show("kind", "\(error.kind)")
    show("path", error.problems.map(\.path.description).joined(separator: ","))
    show("step", error.step?.operation.split(separator: " ").first.map(String.init) ?? "")
    show("call", error.call ?? "")
    show("errno", error.errno.map(String.init) ?? "")
    show("hint", error.problems.first?.hint ?? "")
  }
  show("descriptors left", openDescriptors().filter { !before.contains($0) }.map(String.init).joined(separator: " "))
}

switch getenv("SANDBOX_PROBE").map({ String(cString: $0) }) {
case "reaper": try await endFurtherPrograms()
case "mapper": try await spawnBehindMapper()
case "further": try await runFurtherProgram()
default: try await examine()
}
for _ in 0..<100 where hasChild() { usleep(20_000) }
show("children left", "\(hasChild())")
