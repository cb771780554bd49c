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

  /// A name on a way, with the innermost mount that it leads to or into, and how many names lead to that.
  private struct Step {
    let name, path: String
    let mount: Int?
    let depth: Int
  }

  mutating func way(to index: Int) -> TargetWay {
    let mount = policy.mounts[index]
    if mount.kind == .hostSystem { hasHostSystem = true }
    // (Of what is no path, the validation tells.)
    guard mount.kind != .hostSystem, PathProblems.problem(of: mount.target) == nil else { return TargetWay(names: []) }
    // What is made is made beside a link of that name, or not at all.
    let way = walk(mount.names.map(String.init), followsLast: !mount.isNode)
    if !mount.isCover { placed[way.path] = index }
    return way
  }

  private func walk(_ target: [String], followsLast: Bool) -> TargetWay {
    var links: [TargetWay.Link] = []
    var steps: [Step] = []
    var names = Array(target.reversed())
    while let name = names.popLast() {
      if name == ".." { _ = steps.popLast() }
      if name == ".." || name == "." { continue }
      let step = step(to: name, from: steps.last, count: steps.count)
      // As many links as the kernel follows; more are its error.
      if !names.isEmpty || followsLast, links.count < 40, let (destination, isReplaceable) = link(at: step, below: steps) {
        links.append(.init(path: step.path, isReplaceable: isReplaceable))
        if destination.hasPrefix("/") { steps = [] }
        names += destination.split(separator: "/").map(String.init).reversed()
      } else {
        steps.append(step)
      }
    }
    return TargetWay(names: steps.map(\.name), links: links, above: steps.dropLast().last?.mount)
  }

  private func step(to name: String, from last: Step?, count: Int) -> Step {
    let path = (last?.path ?? "") + "/" + name
    if let index = placed[path], !policy.mounts[index].isNode {
      return Step(name: name, path: path, mount: index, depth: count + 1)
    }
    return Step(name: name, path: path, mount: last?.mount, depth: last?.depth ?? 0)
  }

  private func link(at step: Step, below steps: [Step]) -> (destination: String, isReplaceable: Bool)? {
    if let index = placed[step.path] {
      if case .symlink(let destination) = policy.mounts[index].kind { return (destination, false) }
      return nil
    }
    if let above = steps.last, let index = above.mount {
      guard case .bind(let bind) = policy.mounts[index].kind else { return nil }
      return link(in: bind, steps[above.depth...].map(\.name) + [step.name])
    }
    if case .directory(let bind) = policy.root { return link(in: bind, steps.map(\.name) + [step.name]) }
    guard hasHostSystem else { return nil }
    if case .symlink(let destination) = files[step.path]?.kind { return (destination, false) }
    let isShown = HostFiles.systemPaths.contains { step.path.hasPrefix($0 + "/") && files[$0]?.kind == .directory }
    return isShown ? destination(step.path).map { ($0, false) } : nil
  }

  private func link(in bind: Bind, _ rest: [String]) -> (String, Bool)? {
    let source = files.source(bind.source)?.real ?? bind.source
    return destination(source + "/" + rest.joined(separator: "/")).map { ($0, bind.access == .readWrite) }
  }
}
