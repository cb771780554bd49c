import Sandbox

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The terminal that the tool was called on.
struct CallerTerminal {
  private let before: termios

  /// Its size; nil where standard input and output are none.
  static var size: Sandbox.Terminal? {
    var window = winsize()
    for number: CInt in [0, 1, 2] where ioctl(number, UInt(TIOCGWINSZ), &window) == 0 && window.ws_row > 0 && window.ws_col > 0 {
      return .init(rows: window.ws_row, columns: window.ws_col)
    }
    return nil
  }

  /// Makes it hand over every key as it is: the jail's own terminal interprets them. Nil where standard input is none.
  static func raw() -> CallerTerminal? {
    var state = termios()
    guard tcgetattr(0, &state) == 0 else { return nil }
    let terminal = CallerTerminal(before: state)
    cfmakeraw(&state)
    guard tcsetattr(0, TCSADRAIN, &state) == 0 else { return nil }
    return terminal
  }

  /// As it was before.
  func restore() {
    var state = before
    if tcsetattr(0, TCSADRAIN, &state) != 0 { complain("sandbox: the terminal's mode could not be restored; try `reset`") }
  }
}
