package import SandboxPlanning

/// Which ids of the host a jail has, and as which it shows them: user_namespaces(7).
///
/// The map is written once, to /proc/PID/uid_map or gid_map, before the program runs: at most 340 lines and 4,095 bytes. The
/// jail's user, or group, is always among them. What a program can do with further ones: use files that are theirs, and, with
/// CAP_SETUID or CAP_SETGID kept, become them. Never the host's root. What is wrong with one, each line of it, is an error of
/// kind `invalid` before anything is done.
///
/// It does not protect what belongs to these ids on the host, where the policy shows it to the jail; and files that a jail
/// makes as one of them stay when it is gone.
///
/// - SeeAlso: user_namespaces(7), subuid(5), newuidmap(1)
public enum IDMap: Hashable, Sendable {
  /// One id, the jail's user or group: the default. Outside it is one that no account has where root spawns, else the caller's.
  case payload
  /// Beside it all ids that /etc/subuid, or /etc/subgid, gives the caller, as the numbers from 0 on. As an ordinary user it is
  /// written by newuidmap(1) and newgidmap(1), which must be installed. Where the file gives none, that is an error.
  case subordinate
  /// These. Root may name any ids but the host's root; an ordinary user its own, and those that /etc/subuid gives it. Neither
  /// the ids inside nor those outside may overlap.
  case mappings([IDMapping])
}

/// What a host allows in maps of the caller's.
package struct SubordinateIDs: Hashable, Sendable {
  /// What the file gives, in its order.
  package var ranges: [Range<UInt32>]
  /// The path of newuidmap(1) or newgidmap(1); nil where there is none.
  package var helper: String?

  package init(ranges: [Range<UInt32>] = [], helper: String? = nil) {
    self.ranges = ranges
    self.helper = helper
  }

  /// Lines of subuid(5): `name:first:count`, or a number in the name's place.
  package static func ranges(of text: String, names: Set<String>) -> [Range<UInt32>] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, names.contains(String(fields[0])), let first = UInt32(fields[1]), let count = UInt32(fields[2]),
        count > 0, first <= UInt32.max - count
      else { return nil }
      return first..<first + count
    }
  }
}

/// A map with what it is for: the jail's user or group.
package struct IDMapContext: Sendable {
  /// `user` or `group`, and the file that gives further ids.
  package let noun, file: String
  /// The jail's own id, as the jail and as the host see it.
  package let inside, outside: UInt32
  package let isPrivileged: Bool
  package let subordinate: SubordinateIDs

  package init(
    noun: String, file: String, inside: UInt32, outside: UInt32, isPrivileged: Bool, subordinate: SubordinateIDs
  ) {
    self.noun = noun
    self.file = file
    self.inside = inside
    self.outside = outside
    self.isPrivileged = isPrivileged
    self.subordinate = subordinate
  }
}

extension IDMap {
  /// Its lines.
  package func resolved(in context: IDMapContext) -> [IDMapping] {
    switch self {
    case .payload: [IDMapping(inside: context.inside, outside: context.outside)]
    case .mappings(let mappings): mappings
    case .subordinate: Self.around(context.inside, context.outside, context.subordinate.ranges)
    }
  }

  /// The subordinate ids as the numbers from 0 on, but for that of the jail's own.
  private static func around(_ inside: UInt32, _ outside: UInt32, _ ranges: [Range<UInt32>]) -> [IDMapping] {
    var mappings = [IDMapping(inside: inside, outside: outside)]
    var next: UInt64 = 0
    for range in ranges {
      var rest = range
      while !rest.isEmpty, next < 0xffff_ffff {
        if next == inside { next += 1 }
        let room = next < inside ? UInt64(inside) - next : 0xffff_ffff - next
        let count = UInt32(min(UInt64(rest.count), room))
        guard count > 0 else { break }
        mappings.append(IDMapping(inside: UInt32(next), outside: rest.lowerBound, count: count))
        rest = rest.dropFirst(Int(count))
        next += UInt64(count)
      }
    }
    return mappings.sorted { $0.inside < $1.inside }
  }

  /// Whether an ordinary user's is written by newuidmap(1) or newgidmap(1).
  package func takesHelper(in context: IDMapContext) -> Bool {
    !context.isPrivileged && resolved(in: context) != [IDMapping(inside: context.inside, outside: context.outside)]
  }

  /// What the host sees the jail's own id as.
  package func outside(in context: IDMapContext) -> UInt32 {
    for mapping in resolved(in: context) where mapping.has(inside: context.inside) {
      // One that goes beyond the last id is a problem of its own.
      return mapping.outside &+ (context.inside &- mapping.inside)
    }
    return context.outside
  }

  /// Everything that is wrong with it.
  package func problems(at path: PolicyPath, in context: IDMapContext) -> [Problem] {
    // What the jail's own id is outside, is not the policy's to say.
    if case .payload = self { return [] }
    var problems: [Problem] = []
    let lines = resolved(in: context)
    if case .subordinate = self, context.subordinate.ranges.isEmpty {
      problems.append(
        Problem(
          path, "\(context.file) gives this user no ids",
          hint: "as root: usermod --add-sub\(context.noun == "user" ? "u" : "g")ids 100000-165535 NAME"))
    }
    if takesHelper(in: context), context.subordinate.helper == nil {
      let helper = context.noun == "user" ? "newuidmap" : "newgidmap"
      problems.append(
        Problem(
          path, "an ordinary user's map of several ids is written by \(helper)(1), which is not there",
          hint: "install it: apt install uidmap"))
    }
    if lines.isEmpty { problems.append(Problem(path, "a map of no ids", hint: "write .payload for the jail's own alone")) }
    for (index, line) in lines.enumerated() {
      let here = path.element(index)
      if let message = line.rangeProblem { problems.append(Problem(here, message)) }
      for (earlier, other) in lines[..<index].enumerated() {
        if line.insides.overlaps(other.insides) { problems.append(Problem(here, "it maps ids inside that line \(earlier) maps")) }
        if line.outsides.overlaps(other.outsides) {
          problems.append(Problem(here, "it maps ids of the host that line \(earlier) maps"))
        }
      }
      if line.outsides.contains(0) {
        problems.append(Problem(here, "it maps the host's root into the jail", hint: "map ids from 1 on"))
      } else if !context.isPrivileged, !context.allows(line.outsides) {
        problems.append(
          Problem(
            here, "the host's ids \(line.outside) to \(UInt64(line.outside) + UInt64(line.count) - 1) are not this user's",
            hint: "an ordinary user has its own, \(context.outside), and those that \(context.file) gives it"))
      }
    }
    if !lines.isEmpty, !lines.contains(where: { $0.has(inside: context.inside) }) {
      problems.append(
        Problem(
          path, "the jail's \(context.noun) \(context.inside) is not in the map",
          hint: "map it, or name another as credentials.\(context.noun)"))
    }
    if lines.count > 340 || lines.map(\.line).joined(separator: "\n").utf8.count > 4095 {
      problems.append(Problem(path, "the kernel takes at most 340 lines and 4,095 bytes; these are \(lines.count) lines"))
    }
    return problems
  }
}

extension IDMapContext {
  fileprivate func allows(_ ids: Range<UInt64>) -> Bool {
    ids == UInt64(outside)..<UInt64(outside) + 1
      || subordinate.ranges.contains { UInt64($0.lowerBound) <= ids.lowerBound && ids.upperBound <= UInt64($0.upperBound) }
  }
}

extension IDMapping {
  fileprivate var insides: Range<UInt64> { UInt64(inside)..<UInt64(inside) + UInt64(count) }
  fileprivate var outsides: Range<UInt64> { UInt64(outside)..<UInt64(outside) + UInt64(count) }
  package func has(inside id: UInt32) -> Bool { insides.contains(UInt64(id)) }
  package func has(outside id: UInt32) -> Bool { outsides.contains(UInt64(id)) }

  fileprivate var rangeProblem: String? {
    if count == 0 { return "a line maps at least one id" }
    if insides.upperBound > 0xffff_ffff || outsides.upperBound > 0xffff_ffff { return "ids end at 4294967294" }
    return nil
  }
}
