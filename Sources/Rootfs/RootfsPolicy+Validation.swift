package import SandboxPlanning

extension RootfsPolicy {
  /// Everything that is wrong with it on such a host.
  package func problems(at path: PolicyPath, on files: HostFiles, isRoot: Bool, uid: UInt32) -> [Problem] {
    var problems: [Problem] = []
    var places: [[Substring]: Int] = [:]
    for (index, mount) in mounts.enumerated() {
      let here = path.appending("mounts").element(index)
      if mount.kind != .hostSystem, let other = places.updateValue(index, forKey: mount.target.split(separator: "/")) {
        let first = path.appending("mounts").element(other)
        problems.append(Problem(here.appending("target"), "\"\(mount.target)\" is the target of \(first), too"))
      }
      if mount.kind != .hostSystem {
        let names = mount.target.split(separator: "/")
        for (hidden, earlier) in mounts[..<index].enumerated() where earlier.kind != .hostSystem {
          let below = earlier.target.split(separator: "/")
          guard below.count > names.count, below.starts(with: names) else { continue }
          let first = path.appending("mounts").element(hidden)
          problems.append(
            Problem(
              here.appending("target"), "\"\(mount.target)\" would hide \(first) at \"\(earlier.target)\"",
              hint: "name it before \(first)"))
        }
      }
      if mount.kind != .hostSystem {
        problems += Self.problems(ofTarget: mount.target, at: here.appending("target"))
      } else if mount.target != "/" {
        problems.append(
          Problem(
            here.appending("target"), "the host's system stands at \"/\", not at \"\(mount.target)\"",
            hint: "bind what is wanted of it elsewhere"))
      }
      if let (bind, place) = writableBind(above: index), files[place] == nil || mount.isNode {
        let first = path.appending("mounts").element(bind)
        problems.append(
          Problem(
            here.appending("target"), "\"\(mount.target)\" lies below \(first), and would be made on the host, as \"\(place)\"",
            hint: mount.isNode ? "make it on the host, or elsewhere" : "make it on the host first"))
      }
      switch mount.kind {
      case .bind(let source, let access, let ifExists):
        problems += Self.problems(
          ofSource: source, access: access, ifExists: ifExists, at: here.appending("source"), entry: files[source],
          isRoot: isRoot, uid: uid)
      case .tmpfs(let size, let inodes, let mode):
        if size.bytes == 0 { problems.append(Problem(here.appending("size"), "a tmpfs of size 0 would have no bound at all")) }
        if inodes == 0 { problems.append(Problem(here.appending("inodes"), "a tmpfs of 0 inodes would have no bound at all")) }
        problems += Self.problems(ofMode: mode, at: here)
      case .symlink(let destination):
        if destination.isEmpty || destination.utf8.contains(0) || destination.utf8.count > 4095 {
          problems.append(Problem(here.appending("to"), "a link's destination has 1 to 4,095 bytes, none of them NUL"))
        }
      case .directory(let mode), .file(_, let mode): problems += Self.problems(ofMode: mode, at: here)
      case .hostSystem, .proc, .devices: break
      }
    }
    if mounts.count > Self.mostMounts {
      problems.append(
        Problem(
          path.appending("mounts"), "there are \(mounts.count) mounts; a jail takes \(Self.mostMounts)",
          hint: "bind a directory that contains them"))
    }
    let working = path.appending("workingDirectory")
    if let problem = Self.problem(ofPath: workingDirectory) { problems.append(Problem(working, problem)) }
    return problems
  }

  /// The most mounts that a policy may have: each is several steps, of which a plan has at most 4,096.
  private static let mostMounts = 500

  /// What keeps a root from being built for several jails.
  package func preparationProblems(at path: PolicyPath) -> [Problem] {
    var links: [(index: Int, names: [Substring])] = []
    var problems: [Problem] = []
    for (index, mount) in mounts.enumerated() where mount.kind != .hostSystem {
      let names = mount.target.split(separator: "/")
      // Whether it lies in something that each jail has anew must be known before there is a root to follow links in.
      if let link = links.first(where: { names.count > $0.names.count && names.starts(with: $0.names) }) {
        problems.append(
          Problem(
            path.appending("mounts").element(index).appending("target"),
            "\"\(mount.target)\" leads through the symbolic link of \(path.appending("mounts").element(link.index)), "
              + "and cannot be prepared", hint: "write the path that the link leads to"))
      }
      if case .symlink = mount.kind { links.append((index, names)) }
    }
    return problems
  }

  private static func problems(ofMode mode: UInt32, at path: PolicyPath) -> [Problem] {
    mode <= 0o1777 ? [] : [Problem(path.appending("mode"), "a mode is at most 01777: no set-user-ID and set-group-ID bits")]
  }

  private static func problems(ofTarget target: String, at path: PolicyPath) -> [Problem] {
    if let problem = problem(ofPath: target) { return [Problem(path, problem)] }
    let names = target.split(separator: "/")
    if names.isEmpty {
      return [Problem(path, "the root itself cannot be a target", hint: "name a path below it")]
    }
    return []
  }

  private static func problem(ofPath path: String) -> String? {
    if path.isEmpty { return "the path is empty" }
    if path.utf8.contains(0) { return "the path contains a NUL byte" }
    if path.utf8.count > 4095 { return "the path is longer than 4,095 bytes" }
    if !path.hasPrefix("/") { return "\"\(path)\" is not absolute" }
    if path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }) { return "\"\(path)\" contains \".\" or \"..\"" }
    if path.split(separator: "/").contains(where: { $0.utf8.count > 255 }) { return "a name in it is longer than 255 bytes" }
    return nil
  }

  private static func problems(
    ofSource source: String, access: BindAccess, ifExists: Bool, at path: PolicyPath, entry: HostFiles.Entry?, isRoot: Bool,
    uid: UInt32
  ) -> [Problem] {
    if let problem = problem(ofPath: source) { return [Problem(path, problem)] }
    guard let entry else {
      if ifExists { return [] }
      return [
        Problem(
          path, "\"\(source)\" does not exist on the host, or cannot be reached",
          hint: "write .bind(…, ifExists: true) if that is acceptable")
      ]
    }
    if case .other(let what) = entry.kind, access == .readWrite || what == "socket" || what == "fifo" {
      return [
        Problem(
          path, "\"\(source)\" is a \(what), and would let the jail speak to the host",
          hint: "hand a descriptor to the command instead")
      ]
    }
    if access == .readWrite, !isRoot, !entry.isWritable {
      return [
        Problem(
          path, "\"\(source)\" belongs to uid \(entry.uid) and cannot be written by uid \(uid)",
          hint: "bind it with access .readOnly, or let its owner run: chown \(uid) \(source)")
      ]
    }
    return []
  }
}
