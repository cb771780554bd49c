package import SandboxPlanning

extension RootfsPolicy {
  /// What the policy opens of the host, by where in it that stands.
  package var openings: [(path: PolicyPath, reason: String)] {
    var openings: [(path: PolicyPath, reason: String)] = []
    if rootChange == .chroot {
      openings.append(("rootChange", "the host's root stays mounted below the jail's, which covers it"))
    }
    for (path, bind) in binds {
      if bind.access == .readWrite { openings.append((path, "the jail can write the host's \"\(bind.source)\"")) }
      if bind.propagation == .slave {
        openings.append(
          (path, "what the host mounts below \"\(bind.source)\" later appears inside, with the options that the host gives it"))
      }
      if bind.idMap != nil { openings.append((path, "the jail has the rights of the owners that it is mapped to")) }
    }
    for (index, mount) in mounts.enumerated() {
      let path = PolicyPath("mounts").element(index)
      switch mount.kind {
      case .device(let source, let reason): openings.append((path, "the host's device \"\(source)\": \(reason)"))
      case .sysfs: openings.append((path, "the jail sees the machine's devices, and what the kernel tells about them"))
      default: break
      }
    }
    return openings
  }
}
