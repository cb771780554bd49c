package import SandboxPlanning

/// What lowering a root needs beside the policy.
package struct RootfsContext {
  package var files: HostFiles
  /// Root opens sources with the host's rights, before the jail exists; anyone else in the jail's own copy of the mounts.
  package var isRoot: Bool
  /// The payload's user and group, as the jail and as the host see them.
  package var insideUser, insideGroup: UInt32
  package var outsideUser, outsideGroup: UInt32
  /// What the synthetic /etc/hostname and /etc/hosts say.
  package var hostName: String

  package init(
    files: HostFiles, isRoot: Bool, insideUser: UInt32, insideGroup: UInt32, outsideUser: UInt32, outsideGroup: UInt32,
    hostName: String
  ) {
    self.files = files
    self.isRoot = isRoot
    self.insideUser = insideUser
    self.insideGroup = insideGroup
    self.outsideUser = outsideUser
    self.outsideGroup = outsideGroup
    self.hostName = hostName
  }
}

/// What lowering a root gives, beside its operations.
package struct LoweredRootfs {
  package var operations: [Planned] = []
  package var root: Slot
  /// The jail's own /proc, where there is one.
  package var proc: Slot?
  /// The jail's own devpts, where there is one.
  package var devpts: Slot?
}

extension RootfsPolicy {
  /// The operations that build the root; `newSlot` gives slots that nothing else uses.
  package func lowered(at path: PolicyPath, in context: RootfsContext, newSlot: () -> Slot) -> LoweredRootfs {
    withoutActuallyEscaping(newSlot) { newSlot in
      var builder = RootfsBuilder(context: context, root: newSlot(), newSlot: newSlot)
      builder.begin(size: rootSize, inodes: rootInodes, from: path)
      for (index, mount) in mounts.enumerated() {
        builder.add(mount, from: path.appending("mounts").element(index))
      }
      builder.finish(from: path)
      builder.operations.append(
        Planned(.changeDirectory, .changeDirectory(workingDirectory), from: path.appending("workingDirectory")))
      return LoweredRootfs(
        operations: builder.operations, root: builder.root, proc: builder.proc, devpts: builder.devpts)
    }
  }

  /// Room for what is injected, and a little for directories; the root becomes read-only, so nobody can fill it.
  private var rootSize: Int {
    mounts.reduce(1 << 20) { size, mount in
      if case .file(let contents, _) = mount.kind { return size + contents.count + 4096 }
      return size
    }
  }

  private var rootInodes: Int { 1024 + mounts.count * 32 }
}
