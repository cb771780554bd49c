/// Kinds of namespaces, together: the kernel's `CLONE_NEW*` flags in one number.
public struct NamespaceSet: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// A bit a kind.
  private var members: UInt8

  /// The set of these: `[.user, .mount]`.
  public init(arrayLiteral elements: Namespace...) { self.init(elements) }

  init(_ members: some Sequence<Namespace>) { self.members = members.reduce(0) { $0 | $1.bit } }

  private init(bits: UInt8) { members = bits }

  /// All eight.
  public static let all = NamespaceSet(Namespace.allCases)

  /// Whether `kind` is one of them.
  public func contains(_ kind: Namespace) -> Bool { members & kind.bit != 0 }

  /// Whether none of these is in it.
  public func isDisjoint(with others: NamespaceSet) -> Bool { members & others.members == 0 }

  /// Without these.
  public func subtracting(_ others: NamespaceSet) -> NamespaceSet { NamespaceSet(bits: members & ~others.members) }

  /// The members in the order of ``Namespace``'s cases.
  public var sorted: [Namespace] { Namespace.allCases.filter(contains) }

  /// The kernel's flags, together.
  package var flags: UInt64 { sorted.reduce(0) { $0 | $1.flag } }
}

extension Namespace {
  fileprivate var bit: UInt8 {
    switch self {
    case .user: 1 << 0
    case .mount: 1 << 1
    case .pid: 1 << 2
    case .network: 1 << 3
    case .ipc: 1 << 4
    case .uts: 1 << 5
    case .cgroup: 1 << 6
    case .time: 1 << 7
    }
  }
}
