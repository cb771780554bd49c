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
    let key: FilterKey
    switch self {
    case .standard: key = .payload(architecture, writableBinds: writableBinds)
    case .off where writableBinds || joins: key = .guards(architecture, writableBinds: writableBinds, joins: joins)
    case .off: return []
    }
    return [Planned(.loadFilter, .loadFilter(try FilterCache.shared.words(key)), from: path)]
  }

  /// The filter of the jail's own init, whatever the policy says about the payload's: a payload that took over its init
  /// would be outside of every filter that holds for itself.
  ///
  /// - Parameter listsChildren: whether it shares its pid namespace, and so has to list what it ends.
  package static func initOperations(
    at path: PolicyPath, listsChildren: Bool = false, architecture: Architecture = .current
  ) throws(FilterError) -> [Planned] {
    let words = try FilterCache.shared.words(.initProcess(architecture, listsChildren: listsChildren))
    return [Planned(.loadInitFilter, .loadFilter(words), from: path)]
  }
}

/// What a filter of this package depends on.
enum FilterKey: Hashable {
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

  /// The program for the rules, as the jailer takes it.
  func words() throws(FilterError) -> [UInt64] { try Filter(rules).programs.flatMap(\.words) }
}

/// The filters that have been made in this process: of those that nearly every jail has, none (``CompiledFilters``).
private final class FilterCache: Sendable {
  static let shared = FilterCache()
  private let made = Locked<[(key: FilterKey, words: [UInt64])]>([])

  func words(_ key: FilterKey) throws(FilterError) -> [UInt64] {
    if let words = CompiledFilters.words(key) { return words }
    // Made under the lock: two at once would only do the same work twice.
    return try made.withLock { made throws(FilterError) in
      if let known = made.first(where: { $0.key == key }) { return known.words }
      let words = try key.words()
      made.append((key, words))
      return words
    }
  }
}
