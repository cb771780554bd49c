import Sandbox
import Testing

/// Programs in a jail, for the tests' convenience.
enum Jailed {
  /// A Python program's standard output; the program must succeed.
  static func python(
    _ program: String, in sandbox: Sandbox = Sandbox(), sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let outcome = try await sandbox.run("/usr/bin/python3", arguments: ["-c", program])
    #expect(
      outcome.isSuccess, "\(outcome.verdict), \(String(describing: outcome.terminationStatus)): \(outcome.standardError)",
      sourceLocation: sourceLocation)
    return outcome.standardOutput
  }

  /// A shell script's standard output; the script must succeed.
  static func shell(
    _ script: String, in sandbox: Sandbox = Sandbox(), sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let outcome = try await sandbox.run("/bin/bash", arguments: ["-c", script])
    #expect(
      outcome.isSuccess, "\(outcome.verdict), \(String(describing: outcome.terminationStatus)): \(outcome.standardError)",
      sourceLocation: sourceLocation)
    return outcome.standardOutput
  }

  /// What Python says of an attempt: `ok`, or the name of the errno.
  static let attempt = """
    import errno, os, sys, socket, ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    def attempt(body):
        try:
            body()
            return "ok"
        except OSError as error:
            return errno.errorcode[error.errno]
    def call(number, *arguments):
        if libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]) < 0:
            raise OSError(ctypes.get_errno(), "")

    """
}

/// The rows of a two-column listing.
func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
