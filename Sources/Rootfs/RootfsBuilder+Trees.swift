internal import SandboxPlanning

extension RootfsBuilder {
  mutating func addBind(_ bind: Bind, at target: String, from origin: PolicyPath) {
    let tree = newSlot()
    open(bind, as: tree, from: origin)
    place(tree, at: target, set: attributes(of: bind), flags: flags(of: bind), optional: bind.ifExists, from: origin)
    if bind.source == target { shown.insert(target) }
  }

  /// A tree of the host. An ordinary user's bind takes what is mounted below along: the kernel refuses to show what such a
  /// mount hides (EINVAL).
  @discardableResult
  mutating func addTree(
    _ source: String, at target: String, set: MountAttributes, followsLinks: Bool = true, from origin: PolicyPath
  ) -> Slot {
    let slot = newSlot()
    append(sourcePhase, .openTree(slot, path: source, recursive: true, optional: false, followsLinks: followsLinks), origin)
    place(slot, at: target, set: set, flags: [.recursive, .private], optional: false, from: origin)
    return slot
  }

  /// Root opens sources with the host's rights, anyone else in the jail's own copy of the mounts.
  var sourcePhase: Phase { context.isRoot ? .openHostSources : .openOwnSources }

  /// Opens a bind's source, by the path that it had when the plan was made, and maps its owners.
  mutating func open(_ bind: Bind, as tree: Slot, from origin: PolicyPath) {
    // What receives the host's mounts has to be copied before the jail's mounts become private, where they are copies already.
    let phase = bind.propagation == .slave && !context.isRoot ? .openReceivingSources : sourcePhase
    append(
      phase,
      .openTree(
        tree, path: context.real(bind.source), recursive: true, optional: bind.ifExists, followsLinks: false), origin)
    guard let (users, groups) = idMaps(of: bind) else { return }
    let namespace = newSlot()
    append(.openHostSources, .makeIDNamespace(namespace, uidMap: users, gidMap: groups), origin)
    append(.openHostSources, .mapTree(tree, namespace: namespace), origin)
    append(.openHostSources, .close(namespace), origin)
  }

  /// As root the payload's uid owns nothing of the host. So what the source's owner owns is shown as the payload's, and what
  /// the payload makes there is the owner's; or as the policy says.
  private func idMaps(of bind: Bind) -> (users: String, groups: String)? {
    guard context.isRoot, let entry = context.files.source(bind.source) else { return nil }
    if let map = bind.idMap {
      return (context.users.lines(for: map.users), context.groups.lines(for: map.groups))
    }
    guard bind.access == .readWrite else { return nil }
    return ("\(entry.uid) \(context.outsideUser) 1", "\(entry.gid) \(context.outsideGroup) 1")
  }

  func attributes(of bind: Bind) -> MountAttributes {
    var attributes = Self.harmless
    if bind.access == .readOnly { attributes.insert(.readOnly) }
    if !bind.allowsExecution { attributes.insert(.noExecution) }
    return attributes
  }

  func flags(of bind: Bind) -> AttachFlags {
    switch bind.propagation {
    case .private: [.recursive, .private]
    case .slave: [.recursive, .slave]
    case .shared: [.recursive, .shared]
    case .unbindable: [.recursive, .unbindable]
    }
  }

  /// Attaches a tree in the root, or leaves it where each jail finds it.
  private mutating func place(
    _ tree: Slot, at target: String, set: MountAttributes, flags: AttachFlags, optional: Bool, from origin: PolicyPath
  ) {
    let existing: AttachFlags = isOnHost ? .existing : []
    guard let fresh, fresh.covers(target) else {
      append(.mount, .attach(tree, root: root, path: target, set: set, clear: [], flags: flags.union(existing)), origin)
      return
    }
    // A jail copies what is in the store, and so has to be able to.
    let isUnbindable = flags.contains(.unbindable)
    let stored = store(tree, for: target, set: set, flags: isUnbindable ? [.recursive, .private] : flags, from: origin)
    let own = fresh.newSlot()
    // (Before Linux 5.12 it takes a /proc to make a mount unbindable.)
    self.fresh!.add(
      at: target, isLate: isUnbindable,
      sources: [Planned(.openOwnSources, .openTree(own, path: stored, recursive: true, optional: optional), from: origin)]
    ) { root in
      [
        Planned(
          .mount,
          .attach(own, root: root, path: target, set: [], clear: [], flags: existing.union(isUnbindable ? flags : [])),
          from: origin)
      ]
    }
  }

  /// Attaches a tree where a jail finds it before it covers the place; gives its path.
  mutating func store(
    _ tree: Slot, for target: String, set: MountAttributes, flags: AttachFlags = [.recursive, .private], from origin: PolicyPath
  ) -> String {
    let (path, place, isFirst) = fresh!.store(for: target)
    if isFirst {
      let tmpfs = newSlot()
      append(
        .mount, .newFilesystem(tmpfs, type: "tmpfs", options: ["size=1048576", "mode=0755"], attributes: Self.harmless), origin)
      append(.mount, .attach(tmpfs, root: root, path: place, set: [], clear: [], flags: []), origin)
      fresh!.stores.append(place)
    }
    append(.mount, .attach(tree, root: root, path: path, set: set, clear: [], flags: flags), origin)
    return path
  }
}
