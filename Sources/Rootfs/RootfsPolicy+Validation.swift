package import SandboxPlanning

extension RootfsPolicy {
  /// Everything that is wrong with it on such a host.
  package func problems(
    at path: PolicyPath, on files: HostFiles, isRoot: Bool, uid: UInt32, users: [IDRange], groups: [IDRange]
  ) -> [Problem] {
    // First, and alone: each is compared with all before it.
    let tooMany = countProblems(at: path.appending("mounts"), on: files)
    if !tooMany.isEmpty { return tooMany }
    let situation = BindSituation(files: files, isRoot: isRoot, uid: uid, users: users, groups: groups)
    var problems = rootProblems(at: path.appending("root"), in: situation)
    for index in mounts.indices {
      let here = path.appending("mounts").element(index)
      problems += placeProblems(of: index, at: path, on: files) + hostProblems(of: index, at: path, on: files)
      problems += kindProblems(of: mounts[index], at: here, in: situation)
    }
    problems += replaceableLinkProblems(at: path, on: files)
    if let problem = PathProblems.problem(of: workingDirectory) {
      problems.append(Problem(path.appending("workingDirectory"), problem))
    }
    return problems
  }

  // MARK: The root

  private func rootProblems(at path: PolicyPath, in situation: BindSituation) -> [Problem] {
    guard case .directory(let bind) = root else { return [] }
    var problems = bind.problems(at: path, in: situation)
    if let entry = situation.files.source(bind.source), entry.kind != .directory {
      problems.append(Problem(path.appending("source"), "\"\(bind.source)\" is no directory"))
    }
    if bind.ifExists { problems.append(Problem(path.appending("ifExists"), "there has to be a root")) }
    if mounts.contains(where: { $0.kind == .hostSystem }) {
      problems.append(
        Problem(path, "the host's system does not go into a root of its own", hint: "write the mounts without .hostSystem"))
    }
    return problems
  }

  // MARK: Places

  private func placeProblems(of index: Int, at path: PolicyPath, on files: HostFiles) -> [Problem] {
    let mount = mounts[index], target = path.appending("mounts").element(index).appending("target")
    guard mount.kind != .hostSystem else {
      guard mount.target != "/" else { return [] }
      return [
        Problem(
          target, "the host's system stands at \"/\", not at \"\(mount.target)\"", hint: "bind what is wanted of it elsewhere")
      ]
    }
    if let problem = PathProblems.problem(of: mount.target) { return [Problem(target, problem)] }
    if mount.names.isEmpty { return [Problem(target, "the root itself cannot be a target", hint: "name a path below it")] }
    let way = way(of: index)
    if let loop = way.loop { return [Problem(target, loop, hint: "let one of the links lead elsewhere")] }
    if let name = nameOfProcess(on: way.names, before: index, files)
      ?? nameOfProcess(on: ways(in: files)[index].names, before: index, files)
    {
      return [
        Problem(
          target, "\"\(name)\" of a procfs is another for each process, and here that of the one that makes the jail",
          hint: "name the procfs as a whole, or what in it is the same for all")
      ]
    }
    if mount.isCover { return [] }
    return neighbourProblems(of: index, at: target, in: path, on: files) + lateCoverProblems(of: index, at: target, in: path)
  }

  /// With those before it.
  private func neighbourProblems(
    of index: Int, at target: PolicyPath, in path: PolicyPath, on files: HostFiles
  ) -> [Problem] {
    let mount = mounts[index], names = mount.names
    var problems: [Problem] = []
    for (other, earlier) in mounts[..<index].enumerated() where earlier.kind != .hostSystem && !earlier.isCover {
      let first = path.appending("mounts").element(other)
      if earlier.names == names {
        problems.append(Problem(target, "\"\(mount.target)\" is the target of \(first), too"))
      } else if earlier.names.starts(with: names) {
        problems.append(
          Problem(target, "\"\(mount.target)\" would hide \(first) at \"\(earlier.target)\"", hint: "name it before \(first)"))
      } else if names.starts(with: earlier.names), earlier.isFile(on: files) {
        problems.append(Problem(target, "\"\(earlier.target)\" is the file of \(first)", hint: "name another target"))
      } else if names.starts(with: earlier.names), mount.isNode, mount.kind != .program, earlier.isKernels {
        problems.append(
          Problem(target, "nothing can be made in \(first), which is the kernel's", hint: "cover it by a mount, or name another"))
      }
    }
    return problems
  }

  /// What makes a procfs read-only that lies below it, comes when that has been masked: after everything else.
  private func lateCoverProblems(of index: Int, at target: PolicyPath, in path: PolicyPath) -> [Problem] {
    let mount = mounts[index]
    guard
      let cover = mounts[..<index].indices.first(where: {
        mounts[$0].isReadOnlyCover && mount.names.starts(with: mounts[$0].names) && procfs(below: $0) != nil
      })
    else { return [] }
    let first = path.appending("mounts").element(cover)
    return [
      Problem(
        target, "\"\(mount.target)\" lies below \(first), which comes last, since it has a procfs below it",
        hint: "name it before \(first)")
    ]
  }

  /// An earlier procfs that lies below what a mount covers.
  func procfs(below index: Int) -> Int? {
    let names = mounts[index].names
    return mounts[..<index].firstIndex {
      if case .proc = $0.kind { $0.names.count > names.count && $0.names.starts(with: names) } else { false }
    }
  }

  /// What on a way into an earlier procfs leads to a process: what would be covered there is not what the program sees.
  private func nameOfProcess(on names: [some StringProtocol], before index: Int, _ files: HostFiles) -> String? {
    for (number, earlier) in mounts[..<index].enumerated() {
      switch earlier.kind {
      case .proc: break
      case .bind(let bind) where bind.source == "/proc": break
      default: continue
      }
      let place = ways(in: files)[number].names
      guard names.count > place.count, zip(names, place).allSatisfy({ $0 == $1 }) else { continue }
      let name = names[place.count]
      // The first are links to "self/…".
      if ["net", "mounts", "self", "thread-self"].contains(String(name)) || name.allSatisfy({ "0123456789".contains($0) }) {
        return String(name)
      }
    }
    return nil
  }

  /// Where a target is, by way of the links that the policy makes; or a loop of these.
  private func way(of index: Int) -> (names: [Substring], loop: String?) {
    var links: [String: String] = [:]
    for earlier in mounts[..<index] {
      guard case .symlink(let destination) = earlier.kind else { continue }
      links["/" + earlier.names.joined(separator: "/")] = destination
    }
    guard !links.isEmpty else { return (mounts[index].names.map { $0[...] }, nil) }
    var rest = mounts[index].names[...], done: [Substring] = [], followed = 0
    while let name = rest.popFirst() {
      if name == ".." { _ = done.popLast() } else if name != "." { done.append(name) }
      guard let destination = links["/" + done.joined(separator: "/")], !rest.isEmpty || mounts[index].isCover else { continue }
      // As many as the kernel follows.
      followed += 1
      if followed > 40 { return ([], "\"\(mounts[index].target)\" leads through a loop of the policy's symbolic links") }
      if destination.hasPrefix("/") { done = [] } else { _ = done.popLast() }
      rest = (destination.split(separator: "/") + rest)[...]
    }
    return (done, nil)
  }

  // MARK: What would be made on the host

  private func hostProblems(of index: Int, at path: PolicyPath, on files: HostFiles) -> [Problem] {
    let mount = mounts[index], target = path.appending("mounts").element(index).appending("target")
    guard !mount.isCover, let (place, bind, rest) = place(above: index), !rest.isEmpty else { return [] }
    if leavesSystem(index, place: place, on: files) { return [] }
    if let problem = mount.problem(
      over: files.source("\(bind.source)/\(rest.joined(separator: "/"))"), on: files)
    {
      let hint = mount.isNode ? "name another target" : "source and target must both be directories, or neither"
      return [Problem(target, problem, hint: hint)]
    }
    if bind.access == .readOnly, files.isDirectory(bind.source), mount.kind != .program,
      files.source("\(bind.source)/\(rest.joined(separator: "/"))") == nil
    {
      return [
        Problem(
          target, "\"\(mount.target)\" lies below \(path.appending(place.description)), which is read-only, and is not there",
          hint: "make it on the host first, or bind what lies beside it")
      ]
    }
    guard let (place, onHost) = writableBind(above: index), files.source(onHost) == nil || mount.isNode else {
      return []
    }
    return [
      Problem(
        target,
        "\"\(mount.target)\" lies below \(path.appending(place.description)), and would be made on the host, as \"\(onHost)\"",
        hint: mount.isNode ? "make it on the host, or elsewhere" : "make it on the host first")
    ]
  }

  /// Whether a link of the host's system leads to what the jail has of its own.
  private func leavesSystem(_ index: Int, place: PolicyPath, on files: HostFiles) -> Bool {
    guard let system = mounts.firstIndex(where: { $0.kind == .hostSystem }), place == PolicyPath("mounts").element(system) else {
      return false
    }
    let way = ways(in: files)[index]
    return !way.links.isEmpty && !HostFiles.systemPaths.contains { way.path.hasPrefix($0 + "/") }
  }

  // MARK: Kinds

  private func kindProblems(of mount: Mount, at here: PolicyPath, in situation: BindSituation) -> [Problem] {
    switch mount.kind {
    case .bind(let bind): return bind.problems(at: here, in: situation)
    case .device(let source, let reason):
      return Self.problems(ofDevice: source, because: reason, at: here, on: situation.files)
    case .program:
      return situation.files.programs[mount.target]?.problem.map { [Problem(here.appending("target"), $0)] } ?? []
    case .tmpfs(let size, let inodes, let mode, _):
      var problems = Self.problems(ofMode: mode, at: here)
      if size.bytes == 0 { problems.append(Problem(here.appending("size"), "a tmpfs of size 0 would have no bound at all")) }
      // The kernel rounds up to pages, and what that goes beyond is 0.
      if size.bytes > UInt64(Int64.max) {
        problems.append(Problem(here.appending("size"), "a tmpfs has at most \(Int64.max) bytes"))
      }
      if inodes == 0 { problems.append(Problem(here.appending("inodes"), "a tmpfs of 0 inodes would have no bound at all")) }
      return problems
    case .symlink(let destination):
      guard destination.isEmpty || destination.utf8.contains(0) || destination.utf8.count > 4095 else { return [] }
      return [Problem(here.appending("to"), "a link's destination has 1 to 4,095 bytes, none of them NUL")]
    case .directory(let mode), .file(_, let mode): return Self.problems(ofMode: mode, at: here)
    case .proc(let options): return Self.problems(of: options, at: here, groups: situation.groups)
    case .hostSystem, .devices, .messageQueues, .sysfs, .masked, .readOnly: return []
    }
  }

  private static func problems(of options: ProcOptions, at here: PolicyPath, groups: [IDRange]) -> [Problem] {
    guard let group = options.group else { return [] }
    if options.hidepid == nil {
      return [
        Problem(here.appending("group"), "nothing is hidden of which a group could be excepted", hint: "write hidepid, too")
      ]
    }
    // The kernel would take any number, and except nobody.
    guard groups.outside(of: .init(source: 0, inside: group, count: 1)) == nil else { return [] }
    return [
      Problem(
        here.appending("group"), "the jail has no group \(group)",
        hint: "name one that it has, as credentials.group or one of credentials.groups")
    ]
  }

  private static func problems(ofMode mode: UInt32, at path: PolicyPath) -> [Problem] {
    mode <= 0o1777 ? [] : [Problem(path.appending("mode"), "a mode is at most 01777: no set-user-ID and set-group-ID bits")]
  }

  private static func problems(
    ofDevice source: String, because reason: String, at here: PolicyPath, on files: HostFiles
  ) -> [Problem] {
    var problems: [Problem] = []
    let path = here.appending("source")
    if let problem = PathProblems.problem(of: source) {
      problems.append(Problem(path, problem))
    } else if let entry = files.source(source) {
      if let problem = Bind.problem(ofWayTo: source, entry) {
        problems.append(Problem(path, problem.message, hint: problem.hint))
      } else if entry.kind != .other("character device"), entry.kind != .other("block device") {
        problems.append(Problem(path, "\"\(source)\" is no device", hint: "write .bind(…)"))
      }
    } else {
      problems.append(Problem(path, "\"\(source)\" does not exist on the host, or cannot be reached"))
    }
    if reason.allSatisfy(\.isWhitespace) {
      problems.append(Problem(here.appending("because"), "a device of the host's needs a reason"))
    }
    return problems
  }

  /// Of file systems that show a namespace: the kernel mounts them only for who has made that.
  package func problems(at path: PolicyPath, hasOwnIPC: Bool, hasOwnNetwork: Bool) -> [Problem] {
    mounts.enumerated().compactMap { index, mount in
      let here = path.appending("mounts").element(index)
      return switch mount.kind {
      case .messageQueues where !hasOwnIPC:
        Problem(here, "message queues are those of an ipc namespace of the jail's own", hint: "write namespaces.ipc = .own")
      case .sysfs where !hasOwnNetwork:
        Problem(
          here, "a sysfs is that of a network namespace of the jail's own",
          hint: "bind \"/sys\", or write namespaces.network = .own")
      default: nil
      }
    }
  }

  // MARK: How many

  /// The most mounts that a policy may have, with those of its programs: each is several steps, of which a plan has at most 4,096.
  static let mostMounts = 500

  /// Nothing more is asked about such a policy: each mount would be compared with all before it.
  var hasTooMany: Bool { mounts.count > Self.mostMounts }

  private func countProblems(at path: PolicyPath, on files: HostFiles) -> [Problem] {
    let needed = programs.compactMap { files.programs[$0] }.map { Set($0.files).union($0.links.keys) }
    let count = mounts.count + needed.reduce(Set()) { $0.union($1) }.count
    guard count > Self.mostMounts else { return [] }
    return [
      Problem(
        path, "there are \(count) mounts; a jail takes \(Self.mostMounts)", hint: "bind a directory that contains them")
    ]
  }
}
