internal import SandboxKernel
package import SandboxPlanning

extension SeccompPolicy {
  /// The payload's filter: its last step but exec, since each step before may need a call that the filter refuses.
  ///
  /// - Parameters:
  ///   - writableBinds: whether the jail writes to a directory of the host's.
  ///   - joins: whether it is a further program of a jail, whose supervisor is outside of it.
  package func operations(
    at path: PolicyPath, writableBinds: Bool, joins: Bool = false, architecture: Architecture = .current
  ) throws(FilterError) -> [Planned] {
    let key: FilterCache.Key
    switch self {
    case .standard: key = .payload(architecture, writableBinds: writableBinds)
    case .off where writableBinds || joins: key = .guards(architecture, writableBinds: writableBinds, joins: joins)
    case .off: return []
    }
    return try FilterCache.shared.filter(key).programs.map {
      Planned(.loadFilter, .loadFilter($0.words), from: path)
    }
  }

  /// The filter of the jail's own init, whatever the policy says about the payload's: a payload that took over its init
  /// would be outside of every filter that holds for itself.
  ///
  /// - Parameter listsChildren: whether it shares its pid namespace, and so has to list what it ends.
  package static func initOperations(
    at path: PolicyPath, listsChildren: Bool = false, architecture: Architecture = .current
  ) throws(FilterError) -> [Planned] {
    try FilterCache.shared.filter(.initProcess(architecture, listsChildren: listsChildren)).programs.map {
      Planned(.loadInitFilter, .loadFilter($0.words), from: path)
    }
  }
}

/// The filters that have been made in this process; there are a handful.
private final class FilterCache: Sendable {
  enum Key: Equatable {
    case payload(Architecture, writableBinds: Bool)
    case guards(Architecture, writableBinds: Bool, joins: Bool)
    case initProcess(Architecture, listsChildren: Bool)

    var rules: FilterRules {
      switch self {
      case .payload(let architecture, let writableBinds): .standard(on: architecture, writableBinds: writableBinds)
      case .guards(let architecture, let writableBinds, let joins):
        .guarding(on: architecture, writableBinds: writableBinds, joins: joins)
      case .initProcess(let architecture, let listsChildren): .initProcess(on: architecture, listsChildren: listsChildren)
      }
    }
  }

  static let shared = FilterCache()
  private let filters = Locked<[(key: Key, filter: Filter)]>([])

  func filter(_ key: Key) throws(FilterError) -> Filter {
    // Made under the lock: two at once would only do the same work twice.
    try filters.withLock { filters throws(FilterError) in
      if let known = filters.first(where: { $0.key == key }) { return known.filter }
      let filter = try Filter(key.rules)
      filters.append((key, filter))
      return filter
    }
  }
}
