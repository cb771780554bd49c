import Sandbox

@main
struct ClosedBox {
  static func main() async throws {
    let outcome = try await Sandbox().run("/usr/bin/python3", arguments: ["-c", "print(6 * 7)"])
    print(outcome.standardOutput, terminator: "")
  }
}
