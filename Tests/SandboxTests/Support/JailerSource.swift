import Glibc

/// Which system calls each operation of the jailer can fail in, read from its source.
struct JailerSource {
  /// By the operation's name as a printed plan has it.
  let calls: [String: Set<String>]

  static let package = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

  /// A lane for another user or kernel runs the built tests alone.
  static var isHere: Bool { access(package + "/Sources/Jailer/interpret.c", R_OK) == 0 }

  init() throws {
    var bodies: [String: String] = [:]
    var operations: [String] = []
    for name in Leftovers.names(in: Self.package + "/Sources/Jailer") where name.hasSuffix(".c") {
      let text = try Text.of("\(Self.package)/Sources/Jailer/\(name)")
      for function in text.matches(of: #/(?m)^[a-z_][^\n;]*?\b(\w+)\([^;{]*?\)\n\{\n((?:.*\n)*?)\}$/#) {
        bodies[String(function.1)] = String(function.2)
      }
      for row in text.matches(of: #/case JAILER_OP_\w+: return (op_\w+)\(/#) { operations.append(String(row.1)) }
    }
    var calls: [String: Set<String>] = [:]
    for operation in operations {
      calls[String(operation.dropFirst(3).replacing("_", with: "-"))] = Self.reachable(from: operation, in: bodies)
    }
    self.calls = calls
  }

  private static func reachable(from function: String, in bodies: [String: String]) -> Set<String> {
    // What follows an operation is none of its own.
    var seen: Set<String> = ["jailer_run", "jailer_init", "jailer_fail", "jailer_perform"]
    var next = [function]
    var calls: Set<String> = []
    while let name = next.popLast() {
      guard seen.insert(name).inserted, let body = bodies[name] else { continue }
      calls.formUnion(body.matches(of: #/\b(?:CALL|TRY)\(j, (\w+)/#).map { String($0.1) })
      calls.formUnion(body.matches(of: #/->call = CSYS_NR_(\w+)/#).map { String($0.1) })
      next += body.matches(of: #/\b([a-z_]\w+)\(/#).map { String($0.1) }
    }
    return calls
  }
}
