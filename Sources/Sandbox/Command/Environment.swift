internal import SandboxKernel
internal import SandboxPlanning

extension Sandbox {
  /// The environment variables of a program.
  ///
  /// A jail inherits none: secrets often lie in the host's environment.
  public struct Environment: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// The variables by name.
    public var variables: [String: String]

    /// Exactly these.
    public init(_ variables: [String: String]) { self.variables = variables }

    /// Exactly these.
    public init(dictionaryLiteral elements: (String, String)...) {
      self.init(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }

    /// `PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin`, `HOME=/tmp`, `TMPDIR=/tmp`, `LANG=C.UTF-8`,
    /// and nothing else; a command with a terminal also gets `TERM=xterm-256color` unless it has a `TERM`.
    public static let standard: Environment = [
      "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", "HOME": "/tmp", "TMPDIR": "/tmp",
      "LANG": "C.UTF-8",
    ]

    /// No variable at all.
    public static let empty = Environment([:])

    /// This environment with further variables, which replace those of the same name.
    public func adding(_ variables: [String: String]) -> Environment {
      Environment(self.variables.merging(variables) { _, new in new })
    }

    /// This environment with the host's own values of some variables, as far as the host has them.
    public func keeping(_ names: String...) -> Environment { keeping(names) }

    /// This environment with the host's own values of some variables, as far as the host has them.
    public func keeping(_ names: [String]) -> Environment {
      adding(
        Dictionary(
          names.compactMap { name in HostEnvironment.value(of: name).map { (name, $0) } }, uniquingKeysWith: { $1 }))
    }

    /// One variable.
    public subscript(name: String) -> String? {
      get { variables[name] }
      set { variables[name] = newValue }
    }

    /// As execve(2) takes it, sorted.
    var lines: [String] { variables.map { "\($0.key)=\($0.value)" }.sorted() }

    func problems(at path: PolicyPath) -> [Problem] {
      variables.sorted { $0.key < $1.key }.compactMap { name, value in
        if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(0) {
          return Problem(path, "\"\(name)\" is no name of a variable: it is empty, or contains \"=\" or NUL")
        }
        return value.utf8.contains(0) ? Problem(path.appending(name), "the value contains a NUL byte") : nil
      }
    }
  }
}
