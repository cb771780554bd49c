internal import SandboxPlanning

/// Where a mount's target leads to in the root that is built, as far as the host's files tell before it is.
package struct TargetWay: Hashable, Sendable {
  /// A symbolic link on the way.
  struct Link: Hashable, Sendable {
    /// Where in the root.
    let path: String
    /// Whether the jail can write where it lies, through a bind, and so put something else in its place.
    let isReplaceable: Bool
  }

  /// The names of the way without links.
  var names: [String]
  var links: [Link] = []
  /// The mount that it lies in, by index; nil where that is the root.
  var above: Int?

  var path: String { "/" + names.joined(separator: "/") }
}

extension RootfsPolicy {
  /// The ways of all mounts, in order.
  ///
  /// - Parameter destination: what a path of the host's says, where it is a link.
  package func ways(on files: HostFiles, destination: @escaping (String) -> String?) -> [TargetWay] {
    if hasTooMany { return [] }
    var walk = TargetWalk(policy: self, files: files, destination: destination)
    return mounts.indices.map { walk.way(to: $0) }
  }
}

/// Walks to one target after the other, among the mounts before it.
private struct TargetWalk {
  let policy: RootfsPolicy
  let files: HostFiles
  let destination: (String) -> String?
  /// The mounts so far, by where they stand.
  private var placed: [String: Int] = [:]
  private var hasHostSystem = false

  init(policy: RootfsPolicy, files: HostFiles, destination: @escaping (String) -> String?) {
    self.policy = policy
    self.files = files
    self.destination = destination
  }

  mutating func way(to index: Int) -> TargetWay {
    let mount = policy.mounts[index]
    if mount.kind == .hostSystem {
      hasHostSystem = true
      return TargetWay(names: [])
    }
    // What is made is made beside a link of that name, or not at all.
    var way = walk(mount.names.map(String.init), followsLast: !mount.isNode)
    way.above = innermost(above: way.names)
    if !mount.isCover { placed[way.path] = index }
    return way
  }

  private func walk(_ target: [String], followsLast: Bool) -> TargetWay {
    var way = TargetWay(names: [])
    var names = Array(target.reversed())
    while let name = names.popLast() {
      if name == ".." { _ = way.names.popLast() }
      if name == ".." || name == "." { continue }
      way.names.append(name)
      if names.isEmpty, !followsLast { break }
      // As many as the kernel follows; more are its error.
      guard way.links.count < 40, let (destination, isReplaceable) = link(at: way.names) else { continue }
      way.links.append(.init(path: way.path, isReplaceable: isReplaceable))
      if destination.hasPrefix("/") { way.names = [] } else { way.names.removeLast() }
      names += destination.split(separator: "/").map(String.init).reversed()
    }
    return way
  }

  /// The mount in which something lies that is not itself one.
  private func innermost(above names: [String]) -> Int? {
    for count in stride(from: names.count - 1, to: 0, by: -1) {
      guard let index = placed["/" + names[..<count].joined(separator: "/")] else { continue }
      if !policy.mounts[index].isNode { return index }
    }
    return nil
  }

  private func link(at names: [String]) -> (destination: String, isReplaceable: Bool)? {
    let path = "/" + names.joined(separator: "/")
    if let index = placed[path] {
      if case .symlink(let destination) = policy.mounts[index].kind { return (destination, false) }
      return nil
    }
    if let index = innermost(above: names) {
      guard case .bind(let bind) = policy.mounts[index].kind else { return nil }
      return link(in: bind, names[placeCount(of: index, above: names)...])
    }
    if case .directory(let bind) = policy.root { return link(in: bind, names[...]) }
    guard hasHostSystem else { return nil }
    if case .symlink(let destination) = files[path]?.kind { return (destination, false) }
    let isShown = HostFiles.systemPaths.contains { path.hasPrefix($0 + "/") && files[$0]?.kind == .directory }
    return isShown ? destination(path).map { ($0, false) } : nil
  }

  /// How many of the names lead to the mount.
  private func placeCount(of index: Int, above names: [String]) -> Int {
    (1..<names.count).last { placed["/" + names[..<$0].joined(separator: "/")] == index } ?? 0
  }

  private func link(in bind: Bind, _ rest: ArraySlice<String>) -> (String, Bool)? {
    let source = files.source(bind.source)?.real ?? bind.source
    return destination(source + "/" + rest.joined(separator: "/")).map { ($0, bind.access == .readWrite) }
  }
}
