/// What the program of a jail may do beyond an ordinary process: nothing, in any of the five sets, unless the policy says so.
///
/// ```swift
/// sandbox.capabilities = .keeping([.netRaw])
/// sandbox.capabilities = .keeping([.sysAdmin], because: "it mounts the images that it builds")
/// ```
///
/// A kept capability counts in the jail's own user namespace: for its network, its mounts, its processes. What the kernel asks
/// of its first user namespace (modules, clocks, real-time priorities, limits), a jail cannot do with any capability. The sets
/// are those with which the program is executed. Since every mount of a jail is nosuid and its processes can gain no
/// privileges by execve(2), what the program then has is its ``ambient`` set; or, where ``secureBits`` let uid 0 mean something
/// and the jail's user is 0, the permitted one.
///
/// It does not open the system call filter: mount(2) stays closed for a jail that keeps `CAP_SYS_ADMIN`, unless its filter is
/// off, too.
///
/// - SeeAlso: capabilities(7), user_namespaces(7)
public struct CapabilityPolicy: Hashable, Sendable {
  /// What is in force: `CapEff`. Part of the permitted set.
  public var effective: CapabilitySet = .none
  /// What may be made effective: `CapPrm`.
  public var permitted: CapabilitySet = .none
  /// What a program with inheritable file capabilities would get: `CapInh`. Part of the bounding set.
  public var inheritable: CapabilitySet = .none
  /// What no execve(2) can go beyond: `CapBnd`. Dropped by `PR_CAPBSET_DROP`.
  public var bounding: CapabilitySet = .none
  /// What stays through execve(2): `CapAmb` (Linux 4.3). Part of the permitted and of the inheritable set.
  public var ambient: CapabilitySet = .none
  /// What the kernel does with capabilities on its own; everything off, and locked.
  public var secureBits: SecureBits = .locked
  /// Why a capability is kept that could undo parts of the jail (``needingReason``); shown in plans and reports.
  public var reason: String?

  /// No capability in any set.
  public init() {}

  /// These, and no others, in all five sets: the program has them, and the programs that it executes.
  public static func keeping(_ kept: CapabilitySet, because reason: String? = nil) -> CapabilityPolicy {
    var policy = CapabilityPolicy()
    policy.keep(kept)
    policy.reason = reason
    return policy
  }

  /// Adds these to all five sets; securebits that are ``SecureBits/locked`` become ``SecureBits/lockedButKeepCaps``.
  public mutating func keep(_ added: CapabilitySet) {
    if !added.isEmpty, secureBits == .locked { secureBits = .lockedButKeepCaps }
    for set in Self.sets { self[keyPath: set.property] = self[keyPath: set.property].union(added) }
  }

  /// Takes these from all five sets.
  public mutating func drop(_ dropped: CapabilitySet) {
    for set in Self.sets { self[keyPath: set.property] = self[keyPath: set.property].subtracting(dropped) }
  }

  /// What is in any of the sets.
  public var kept: CapabilitySet { Self.sets.reduce(.none) { $0.union(self[keyPath: $1.property]) } }

  /// Capabilities that are kept only for a reason, with what they undo.
  public static let needingReason: CapabilitySet = CapabilitySet(dangers.map(\.capability))

  package static let dangers: [(capability: Capability, danger: String)] = [
    (
      .sysAdmin,
      "it mounts and unmounts inside, where the filter lets it: what is read-only or masked there is so by its leave alone"
    ),
    (
      .sysResource,
      "it raises the limits of its namespaces, that of nested user namespaces among them, where /proc/sys is writable"
    ),
    (.netAdmin, "it configures the jail's network, by large parts of the kernel that have been a way into it"),
  ]

  /// The five sets by the names of their properties.
  package static var sets: [(name: String, property: WritableKeyPath<CapabilityPolicy, CapabilitySet>)] {
    [
      ("effective", \.effective), ("permitted", \.permitted), ("inheritable", \.inheritable), ("bounding", \.bounding),
      ("ambient", \.ambient),
    ]
  }
}
