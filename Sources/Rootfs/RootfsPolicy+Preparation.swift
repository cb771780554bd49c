package import SandboxPlanning

extension RootfsPolicy {
  /// What keeps a root from being built for several jails.
  package func preparationProblems(at path: PolicyPath, on files: HostFiles) -> [Problem] {
    var problems = freshWayProblems(at: path, on: files)
    for (index, mount) in mounts.enumerated() where mount.kind != .hostSystem {
      let here = path.appending("mounts").element(index)
      if let problem = linkProblem(of: index, at: path) {
        problems.append(Problem(here.appending("target"), problem.0, hint: problem.1))
      }
      if mount.isCover, let fresh = freshMount(below: index) {
        problems.append(
          Problem(
            here.appending("target"),
            "\"\(mount.target)\" covers \(path.appending("mounts").element(fresh)), which each jail of a prepared sandbox has anew",
            hint: "cover what lies beside it"))
      }
      if case .sysfs = mount.kind {
        problems.append(
          Problem(
            here, "a sysfs shows one network namespace, and cannot be prepared", hint: "spawn without preparing, or bind \"/sys\""
          ))
      }
    }
    for (part, bind) in binds where bind.propagation == .shared {
      problems.append(
        Problem(
          path.appending("\(part)").appending("propagation"), "jails of a prepared sandbox would share what each mounts there",
          hint: "write .private"))
    }
    return problems
  }

  /// Whether it lies in something that each jail has anew must be known before there is a root to follow links in.
  private func linkProblem(of index: Int, at path: PolicyPath) -> (String, String)? {
    let names = mounts[index].names
    for (other, earlier) in mounts[..<index].enumerated() {
      guard case .symlink = earlier.kind, names.count > earlier.names.count, names.starts(with: earlier.names) else { continue }
      return (
        "\"\(mounts[index].target)\" leads through the symbolic link of \(path.appending("mounts").element(other)), "
          + "and cannot be prepared", "write the path that the link leads to"
      )
    }
    return nil
  }

  /// An earlier mount of each jail's own that lies below what a mount covers.
  private func freshMount(below index: Int) -> Int? {
    let names = mounts[index].names
    return mounts[..<index].firstIndex { earlier in
      switch earlier.kind {
      case .tmpfs, .proc, .messageQueues: earlier.names.count > names.count && earlier.names.starts(with: names)
      case .devices: earlier.names.starts(with: names)
      default: false
      }
    }
  }
}
