package import SandboxPlanning
public enum SeccompPolicy: Hashable, Sendable, Codable { case standard, off(because: String)
  package func problems(at path: PolicyPath) -> [Problem] { [] }
  package func operations(at path: PolicyPath, writableBinds: Bool) throws -> [Planned] { [] }
  package static let hints: [Hint] = []
}
