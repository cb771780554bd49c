/// Kinds of namespaces, together: the kernel's `CLONE_NEW*` flags in one number.
public struct NamespaceSet: Hashable, Sendable, ExpressibleByArrayLiteral {
  private var members: Set<Namespace>

  /// The set of these: `[.user, .mount]`.
  public init(arrayLiteral elements: Namespace...) { members = Set(elements) }

  init(_ members: some Sequence<Namespace>) { self.members = Set(members) }

  /// All eight.
  public static let all = NamespaceSet(Namespace.allCases)

  /// Whether `kind` is one of them.
  public func contains(_ kind: Namespace) -> Bool { members.contains(kind) }

  /// Whether none of these is in it.
  public func isDisjoint(with others: NamespaceSet) -> Bool { members.isDisjoint(with: others.members) }

  /// Without these.
  public func subtracting(_ others: NamespaceSet) -> NamespaceSet { NamespaceSet(members.subtracting(others.members)) }

  /// The members in the order of ``Namespace``'s cases.
  public var sorted: [Namespace] { Namespace.allCases.filter(members.contains) }

  /// The kernel's flags, together.
  package var flags: UInt64 { sorted.reduce(0) { $0 | $1.flag } }
}
