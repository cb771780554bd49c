internal import SandboxPlanning

/// Who asks, of whom: what a bind's problems depend on.
struct BindSituation {
  var files: HostFiles
  var isRoot: Bool
  var uid: UInt32
  var users, groups: [IDRange]
}

extension Bind {
  /// Everything that is wrong with it.
  func problems(at path: PolicyPath, in situation: BindSituation) -> [Problem] {
    sourceProblems(at: path.appending("source"), in: situation) + mapProblems(at: path.appending("idMap"), in: situation)
  }

  private func sourceProblems(at path: PolicyPath, in situation: BindSituation) -> [Problem] {
    if let problem = PathProblems.problem(of: source) { return [Problem(path, problem)] }
    guard let entry = situation.files.source(source) else {
      if ifExists { return [] }
      return [
        Problem(
          path, "\"\(source)\" does not exist on the host, or cannot be reached",
          hint: "write .bind(…, ifExists: true) if that is acceptable")
      ]
    }
    if let problem = Self.problem(ofWayTo: source, entry) { return [Problem(path, problem.message, hint: problem.hint)] }
    if case .other(let what) = entry.kind, access == .readWrite || what == "socket" || what == "fifo" {
      let isDevice = what != "socket" && what != "fifo"
      return [
        Problem(
          path, "\"\(source)\" is a \(what), and would let the jail speak to the host",
          hint: isDevice ? "write .device(…, because: …)" : "hand a descriptor to the command instead")
      ]
    }
    if access == .readWrite, !situation.isRoot, !entry.isWritable {
      return [
        Problem(
          path, "\"\(source)\" belongs to uid \(entry.uid) and cannot be written by uid \(situation.uid)",
          hint: "bind it with access .readOnly, or let its owner run: chown \(situation.uid) \(source)")
      ]
    }
    return []
  }

  /// A link that somebody made who owns neither what it leads to nor this process.
  static func problem(ofWayTo source: String, _ entry: HostFiles.Entry) -> (message: String, hint: String)? {
    guard let user = entry.misledBy else { return nil }
    return (
      "\"\(source)\" leads through a symbolic link of uid \(user) to what belongs to uid \(entry.uid)",
      "name \"\(entry.real ?? source)\" itself, if that is meant"
    )
  }

  // MARK: Id maps

  private func mapProblems(at path: PolicyPath, in situation: BindSituation) -> [Problem] {
    guard let idMap else { return [] }
    guard situation.isRoot else {
      return [
        Problem(
          path, "an idmapped mount takes root", hint: "spawn as root, or leave the map out: the jail then sees its own files")
      ]
    }
    return Self.problems(of: idMap.users, in: situation.users, at: path.appending("users"))
      + Self.problems(of: idMap.groups, in: situation.groups, at: path.appending("groups"))
  }

  /// The most lines that the kernel takes.
  private static let mostRanges = 340

  private static func problems(of ranges: [BindIDMap.Range], in jail: [IDRange], at path: PolicyPath) -> [Problem] {
    if ranges.isEmpty { return [Problem(path, "the map is empty", hint: "name at least one id of the payload's")] }
    if ranges.count > mostRanges { return [Problem(path, "there are \(ranges.count) ranges; the kernel takes \(mostRanges)")] }
    var problems: [Problem] = []
    for (index, range) in ranges.enumerated() {
      let here = path.element(index)
      if range.count == 0 || UInt64(range.source) + UInt64(range.count) > UInt64(UInt32.max) {
        problems.append(Problem(here, "a range has 1 or more ids, of at most 4,294,967,294"))
      } else if jail.outside(of: range) == nil {
        let own = jail.map {
          $0.count == 1 ? "\($0.inside)" : "\($0.inside) to \(UInt64($0.inside) + UInt64(max($0.count, 1)) - 1)"
        }
        problems.append(
          Problem(
            here,
            "the jail has no id \(range.inside)\(range.count == 1 ? "" : " to \(UInt64(range.inside) + UInt64(range.count) - 1)")",
            hint: "name ids that it has: \(own.joined(separator: ", "))"))
      }
      for (other, earlier) in ranges[..<index].enumerated()
      where overlap(earlier.source, earlier.count, range.source, range.count)
        || overlap(earlier.inside, earlier.count, range.inside, range.count)
      {
        problems.append(Problem(here, "it overlaps \(path.element(other))"))
      }
    }
    return problems
  }

  private static func overlap(_ a: UInt32, _ aCount: UInt32, _ b: UInt32, _ bCount: UInt32) -> Bool {
    UInt64(a) < UInt64(b) + UInt64(bCount) && UInt64(b) < UInt64(a) + UInt64(aCount)
  }
}
