extension Sandbox {
  /// Which of its open descriptors a process keeps as it enters.
  public struct KeptDescriptors: Sendable, Hashable, ExpressibleByArrayLiteral {
    enum Choice: Sendable, Hashable {
      case only(Set<Int32>)
      case all(because: String)
    }
    let choice: Choice

    /// 0, 1, 2 and these: `[listener, log]`.
    public init(arrayLiteral elements: Int32...) { self.init(elements) }

    /// 0, 1, 2 and these.
    public init(_ numbers: some Sequence<Int32>) { choice = .only(Set(numbers).union([0, 1, 2])) }

    /// Those among the waiters that stay open though they are not named.
    func unnamed(of waiters: [CInt]) -> [CInt] {
      guard case .only(let numbers) = choice else { return [] }
      return waiters.filter { !numbers.contains($0) }
    }

    private init(_ choice: Choice) { self.choice = choice }

    /// 0, 1 and 2, and no others but what run times wait by (epoll(7), eventfd(2), timerfd(2), signalfd(2)), which the result
    /// names: close_range(2) (Linux 5.9) for the rest.
    public static let standardStreams = KeptDescriptors([])

    /// All that are open, for a reason: for a program whose libraries hold descriptors that it cannot name. Where the root
    /// changes, a directory among them is refused all the same: it leads out.
    ///
    /// What it does not protect against: whatever else a library has left open.
    public static func all(because reason: String) -> KeptDescriptors { KeptDescriptors(.all(because: reason)) }
  }

  /// What a plan is for, where it is not for a command: `plan(for: .enter)`.
  public struct Entering: Sendable, Hashable {
    let kept: KeptDescriptors

    /// ``Sandbox/enter(keeping:)`` with the standard streams.
    public static let enter = Entering(kept: .standardStreams)

    /// ``Sandbox/enter(keeping:)``.
    public static func enter(keeping kept: KeptDescriptors) -> Entering { Entering(kept: kept) }
  }
}
