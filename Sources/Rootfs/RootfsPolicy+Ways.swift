internal import SandboxPlanning

extension RootfsPolicy {
  /// Where its mounts stand; by their targets alone where nobody has looked at the host's links.
  func ways(in files: HostFiles) -> [TargetWay] {
    files.ways.count == mounts.count ? files.ways : ways(on: files) { _ in nil }
  }

  /// The directories of the host's, writable for the jail, that lie between such a bind and what stands below it: whoever renames
  /// one would take along what covers something in it, and could put something else in its place.
  func placesToHold(for index: Int, among ways: [TargetWay]) -> [String] {
    guard mounts[index].kind != .hostSystem, !mounts[index].isNode else { return [] }
    let names = ways[index].names
    let first: Int
    if let above = ways[index].above {
      guard case .bind(let bind) = mounts[above].kind, bind.access == .readWrite else { return [] }
      first = ways[above].names.count + 1
    } else {
      guard case .directory(let bind) = root, bind.access == .readWrite else { return [] }
      first = 1
    }
    return first < names.count ? (first..<names.count).map { "/" + names[..<$0].joined(separator: "/") } : []
  }

  /// A link that the jail can replace holds nothing.
  func replaceableLinkProblems(at path: PolicyPath, on files: HostFiles) -> [Problem] {
    zip(mounts.indices, ways(in: files)).compactMap { index, way in
      guard let link = way.links.first(where: \.isReplaceable), mounts[index].restricts else { return nil }
      return Problem(
        path.appending("mounts").element(index).appending("target"),
        "\"\(mounts[index].target)\" leads through the symbolic link \"\(link.path)\", which the jail can replace",
        hint: "write the path that it leads to: \"\(way.path)\"")
    }
  }

  /// What each jail of a prepared sandbox has anew, its launcher does not have: what stands there must be known to.
  func freshWayProblems(at path: PolicyPath, on files: HostFiles) -> [Problem] {
    let ways = ways(in: files)
    var fresh: [[String]] = []
    var problems: [Problem] = []
    for (index, way) in ways.enumerated() where mounts[index].kind != .hostSystem {
      let written = mounts[index].names.map(String.init)
      let lies = { (names: [String]) in fresh.contains { names.starts(with: $0) } }
      let covers = { (names: [String]) in mounts[index].isCover && fresh.contains { $0.starts(with: names) } }
      if let link = way.links.first, lies(written) != lies(way.names) || covers(written) != covers(way.names) {
        problems.append(
          Problem(
            path.appending("mounts").element(index).appending("target"),
            "\"\(mounts[index].target)\" leads through the symbolic link \"\(link.path)\" to \"\(way.path)\", which is another's "
              + "of what each jail of a prepared sandbox has anew",
            hint: "write the path that the link leads to"))
      }
      switch mounts[index].kind {
      case .tmpfs, .proc, .messageQueues: fresh.append(way.names)
      case .devices: fresh += [way.names + ["pts"], way.names + ["shm"]]
      default: break
      }
    }
    return problems
  }
}

extension Mount {
  /// Whether it keeps the jail from something, and so has to stay where it is.
  fileprivate var restricts: Bool {
    switch kind {
    case .masked, .readOnly: true
    case .bind(let bind): bind.access == .readOnly
    default: false
    }
  }
}
