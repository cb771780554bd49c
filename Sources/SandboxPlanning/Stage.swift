/// Which process carries a step out.
///
/// The launcher clones the jail; the jail's first process (pid 1) starts the payload (pid 2) and stays as its init.
public enum Stage: Int, Hashable, Sendable, Codable, Comparable, CaseIterable {
  /// Outside of the jail, with the host's rights.
  case launcher = 0
  /// Pid 1 of the jail, before the payload exists.
  case jail = 1
  /// Pid 2, before it becomes its program.
  case payload = 2
  /// Pid 1, once the payload runs.
  case initProcess = 3
  /// The calling process itself: of a plan for `enter()`, which knows no other.
  case enter = 4

  /// The order in which the stages come to life.
  public static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }

  /// One word, as a printed plan shows it.
  public var name: String {
    switch self {
    case .launcher: "launcher"
    case .jail: "jail"
    case .payload: "payload"
    case .initProcess: "init"
    case .enter: "enter"
    }
  }
}
