internal import SandboxPlanning

extension Sandbox {
  /// A signal: signal(7).
  public struct Signal: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The kernel's number.
    public let rawValue: Int32

    /// The signal of that number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The terminal is gone: `SIGHUP`.
    public static let hangup = Signal(rawValue: 1)
    /// Ctrl-C: `SIGINT`.
    public static let interrupt = Signal(rawValue: 2)
    /// Ctrl-\: `SIGQUIT`.
    public static let quit = Signal(rawValue: 3)
    /// `abort()` or a failed assertion: `SIGABRT`.
    public static let abort = Signal(rawValue: 6)
    /// Ends a process whatever it does: `SIGKILL`.
    public static let kill = Signal(rawValue: 9)
    /// For the program's own use: `SIGUSR1`.
    public static let user1 = Signal(rawValue: 10)
    /// An invalid memory access: `SIGSEGV`.
    public static let segmentationFault = Signal(rawValue: 11)
    /// For the program's own use: `SIGUSR2`.
    public static let user2 = Signal(rawValue: 12)
    /// A write to a pipe that nobody reads: `SIGPIPE`.
    public static let brokenPipe = Signal(rawValue: 13)
    /// The polite request to end: `SIGTERM`.
    public static let terminate = Signal(rawValue: 15)
    /// Goes on after a stop: `SIGCONT`.
    public static let resume = Signal(rawValue: 18)
    /// The terminal's size has changed: `SIGWINCH`.
    public static let windowChange = Signal(rawValue: 28)
    /// A system call that a filter forbids: `SIGSYS`.
    public static let badSystemCall = Signal(rawValue: 31)

    private static let names = [
      "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
      "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR",
      "SYS",
    ]

    /// `SIGTERM`; a real-time signal by its number.
    public var description: String {
      let index = Int(rawValue)
      return index > 0 && index < Self.names.count ? "SIG\(Self.names[index])" : "signal \(rawValue)"
    }

    func problem(at path: PolicyPath) -> Problem? {
      (1...64).contains(rawValue) ? nil : Problem(path, "\(rawValue) is no signal: 1 to 64")
    }
  }
}
