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
  /// All ids that the jail has.
  package var users, groups: [IDRange]
  /// Whether programs inside can reach the host's name servers.
  package var resolvesNames = false
  /// The jail's supplementary groups of which the names are known.
  package var supplementaryGroups: [(name: String, id: UInt32)] = []
  /// Whether its pid namespace is the host's, and with it its /proc.
  package var sharesProcesses = false
  /// Where the policy's own mounts stand.
  var targets: Set<String> = []

  package init(
    files: HostFiles, isRoot: Bool, insideUser: UInt32, insideGroup: UInt32, outsideUser: UInt32, outsideGroup: UInt32,
    hostName: String, resolvesNames: Bool = false, users: [IDRange]? = nil, groups: [IDRange]? = nil
  ) {
    self.users = users ?? [IDRange(inside: insideUser, outside: outsideUser)]
    self.groups = groups ?? [IDRange(inside: insideGroup, outside: outsideGroup)]
    self.resolvesNames = resolvesNames
    self.files = files
    self.isRoot = isRoot
    self.insideUser = insideUser
    self.insideGroup = insideGroup
    self.outsideUser = outsideUser
    self.outsideGroup = outsideGroup
    self.hostName = hostName
  }

  /// A source's path without the symbolic links that lay on the way to it when the plan was made.
  func real(_ source: String) -> String { files.source(source)?.real ?? source }
}

/// What lowering a root gives.
package struct LoweredRootfs {
  /// Of no root at all.
  package init() {}

  /// What builds it; of a prepared sandbox, what its launcher does once for all of its jails.
  package var operations: [Planned] = []
  /// What each jail of a prepared sandbox does, in its own slots; of one jail alone, nothing.
  package var jailOperations: [Planned] = []
  /// What is made for each jail ahead, or by it: what is opened where it is born, and what is made with it where it will live.
  package var sourcesAhead: [Planned] = []
  package var operationsAhead: [Planned] = []
  /// The procfs through which nested user namespaces are forbidden, where there is one: a slot of ``operations``.
  package var proc: Slot?
  /// The jail's own devpts, where there is one: a slot of the jail's plan. One that is made ahead is none.
  package var devpts: Slot?
  /// What the launcher of a prepared sandbox has in its root and its jails have not, and where in it the host's procfs is.
  package var launcherOnly: (proc: String, places: [String])?
}

extension RootfsPolicy {
  /// The operations that build the root for one jail; `newSlot` gives slots that nothing else uses.
  package func lowered(at path: PolicyPath, in context: RootfsContext, newSlot: () -> Slot) -> LoweredRootfs {
    withoutActuallyEscaping(newSlot) { newSlot in
      var builder = RootfsBuilder(context: context, root: newSlot(), newSlot: newSlot)
      return lowered(at: path, by: &builder)
    }
  }

  /// The operations that build it for several jails: what they share, and what each has anew.
  package func lowered(
    at path: PolicyPath, in context: RootfsContext, newSlot: () -> Slot, newJailSlot: () -> Slot
  ) -> LoweredRootfs {
    withoutActuallyEscaping(newSlot) { newSlot in
      withoutActuallyEscaping(newJailSlot) { newJailSlot in
        var builder = RootfsBuilder(context: context, root: newSlot(), newSlot: newSlot)
        builder.fresh = FreshMounts(newSlot: newJailSlot, from: path)
        return lowered(at: path, by: &builder)
      }
    }
  }

  private func lowered(at path: PolicyPath, by builder: inout RootfsBuilder) -> LoweredRootfs {
    builder.context.targets = Set(
      mounts.filter { !$0.isCover }.map { "/" + $0.target.split(separator: "/").joined(separator: "/") })
    let needed = builder.context.files.programs.values.reduce(0) { $0 + $1.files.count + $1.links.count }
    builder.begin(root, size: rootSize, inodes: rootInodes + needed * 4, from: path)
    let ways = ways(in: builder.context.files)
    for (index, mount) in mounts.enumerated() {
      builder.isOnHost = bind(above: index) != nil
      for place in placesToHold(for: index, among: ways) { builder.hold(place, from: path.appending("mounts").element(index)) }
      builder.add(mount, from: path.appending("mounts").element(index))
    }
    builder.finish(root, by: rootChange, from: path)
    var lowered = LoweredRootfs()
    lowered.operations = builder.operations
    lowered.proc = builder.proc
    lowered.devpts = builder.devpts
    guard let fresh = builder.fresh else { return lowered }
    lowered.launcherOnly = fresh.proc.map { ($0, fresh.stores) }
    if lowered.launcherOnly == nil {
      lowered.jailOperations = fresh.sourcesAhead + fresh.operationsAhead + fresh.operations
    } else {
      lowered.jailOperations = fresh.operations
      (lowered.sourcesAhead, lowered.operationsAhead) = (fresh.sourcesAhead, fresh.operationsAhead)
      lowered.devpts = nil
    }
    return lowered
  }

  /// Where the payload begins.
  package func payloadOperations(at path: PolicyPath) -> [Planned] {
    [Planned(.changeDirectory, .changeDirectory(workingDirectory), from: path.appending("workingDirectory"))]
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
