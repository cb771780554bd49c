/// The three sets of capset(2), which the capability text of libcap speaks of: `cap_net_raw,cap_kill=eip`, `=ep cap_sys_admin-ep`.
///
/// - SeeAlso: cap_from_text(3), capsh(1)
public struct ProcessCapabilities: Hashable, Sendable {
  /// What is in force.
  public var effective: CapabilitySet
  /// What may be made effective.
  public var permitted: CapabilitySet
  /// What stays through an execve(2) of a program that has it inheritable.
  public var inheritable: CapabilitySet

  /// Three sets; empty ones unless said otherwise.
  public init(effective: CapabilitySet = .none, permitted: CapabilitySet = .none, inheritable: CapabilitySet = .none) {
    self.effective = effective
    self.permitted = permitted
    self.inheritable = inheritable
  }

  /// The letters of the text, in the order in which libcap writes them.
  fileprivate static var flags: [(letter: Character, property: WritableKeyPath<ProcessCapabilities, CapabilitySet>)] {
    [("e", \.effective), ("i", \.inheritable), ("p", \.permitted)]
  }
}

extension ProcessCapabilities: CustomStringConvertible {
  /// As libcap writes it: what most capabilities have first, then how the others differ; `=` where nothing is in any set.
  public var description: String {
    var groups: [String: [Capability]] = [:]
    let unknown = effective.union(permitted).union(inheritable).subtracting(.all)
    for capability in CapabilitySet.all.union(unknown).sorted { groups[letters(of: capability), default: []].append(capability) }
    let base = groups.max { ($0.value.count, $1.key.count) < ($1.value.count, $0.key.count) }?.key ?? ""
    var clauses = base.isEmpty ? [] : ["=\(base)"]
    for (letters, members) in groups.sorted(by: { $0.value[0].rawValue < $1.value[0].rawValue }) where letters != base {
      let names = members.map(\.description).joined(separator: ",")
      let added = letters.filter { !base.contains($0) }, removed = base.filter { !letters.contains($0) }
      let change =
        base.isEmpty ? "=\(letters)" : (removed.isEmpty ? "" : "-\(removed)") + (added.isEmpty ? "" : "+\(added)")
      clauses.append(names + change)
    }
    return clauses.isEmpty ? "=" : clauses.joined(separator: " ")
  }

  private func letters(of capability: Capability) -> String {
    String(Self.flags.filter { self[keyPath: $0.property].contains(capability) }.map(\.letter))
  }
}

/// Why a text is no capability text.
public struct CapabilityTextError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, in which clause, and the nearest right name.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension ProcessCapabilities {
  /// Reads the text of libcap, capsh and setcap: clauses between spaces, each of a list of names (none before `=`, or `all`, for
  /// all), and of one or more operators (`=`, `+`, `-`) with the letters `e`, `i` and `p`.
  public init(parsing text: String) throws(CapabilityTextError) {
    self.init()
    for clause in text.split(whereSeparator: \.isWhitespace) { try apply(clause) }
  }

  private mutating func apply(_ clause: Substring) throws(CapabilityTextError) {
    let operators: Set<Character> = ["=", "+", "-"]
    let list = clause.prefix { !operators.contains($0) }
    var rest = clause.dropFirst(list.count)
    guard let first = rest.first else {
      throw CapabilityTextError("\"\(clause)\" has no operator: write it as \"\(clause)=ep\"")
    }
    guard !list.isEmpty || first == "=" else {
      throw CapabilityTextError("\"\(clause)\" names no capability before \"\(first)\"; only \"=\" may stand alone, for all")
    }
    let named = list.isEmpty ? CapabilitySet.all : try Self.members(of: list)
    var isFirst = true
    while let sign = rest.first {
      guard sign != "=" || isFirst else { throw CapabilityTextError("\"\(clause)\" has a second \"=\"") }
      guard isFirst || !list.isEmpty else {
        throw CapabilityTextError("\"\(clause)\" goes on after a \"=\" for all: write \"all\(clause)\"")
      }
      isFirst = false
      let letters = rest.dropFirst().prefix { !operators.contains($0) }
      rest = rest.dropFirst(1 + letters.count)
      if let wrong = letters.first(where: { letter in !Self.flags.contains { $0.letter == letter } }) {
        throw CapabilityTextError("\"\(clause)\": \"\(wrong)\" is none of e, i and p")
      }
      guard sign == "=" || !letters.isEmpty else { throw CapabilityTextError("\"\(clause)\" says nothing after \"\(sign)\"") }
      for (letter, property) in Self.flags {
        let isMeant = letters.contains(letter)
        if sign == "=" || sign == "-" && isMeant { self[keyPath: property] = self[keyPath: property].subtracting(named) }
        if sign != "-" && isMeant { self[keyPath: property] = self[keyPath: property].union(named) }
      }
    }
  }

  private static func members(of list: Substring) throws(CapabilityTextError) -> CapabilitySet {
    var named = CapabilitySet.none
    for name in list.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      if name.lowercased() == "all" {
        named = named.union(.all)
        continue
      }
      do throws(UnknownCapability) { named.insert(try Capability(named: name)) } catch {
        throw CapabilityTextError(error.description)
      }
    }
    return named
  }
}

extension CapabilityPolicy {
  /// Makes the program's sets those of a capability text: what is permitted and inheritable is ambient, too, so that the program
  /// keeps it, and all of it is in the bounding set.
  public mutating func set(_ capabilities: ProcessCapabilities) {
    drop(kept)
    keep(capabilities.permitted.intersection(capabilities.inheritable))
    (effective, permitted, inheritable) = (capabilities.effective, capabilities.permitted, capabilities.inheritable)
    bounding = permitted.union(inheritable)
  }
}
