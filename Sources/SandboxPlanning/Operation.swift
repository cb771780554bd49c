/// One operation of the jailer, with its operands: a row of the table in jailer_plan.h.
///
/// Cases mirror the opcodes by name; what each does stands there and in its function of Sources/Jailer.
package enum Operation: Hashable, Sendable, Codable {
  case raiseOpenFiles
  case openTree(Slot, path: String, recursive: Bool, optional: Bool, followsLinks: Bool = true)
  case makeIDNamespace(Slot, uidMap: String, gidMap: String)
  case mapTree(Slot, namespace: Slot)
  case cloneJail(flags: UInt64, uidMap: String, gidMap: String, denySetgroups: Bool, mappers: MapHelpers = MapHelpers())
  case become(uid: UInt32, gid: UInt32, dropGroups: Bool)
  case newSessionKeyring
  case makeMountsPrivate
  case setHostName(String)
  case setDomainName(String)
  case raiseLoopback
  case unshare(flags: UInt64)
  case writeProcessFile(path: String, text: String)
  case newFilesystem(Slot, type: String, options: [String], attributes: MountAttributes)
  case attachRoot(Slot, set: MountAttributes = [], flags: AttachFlags = [])
  case attach(Slot, root: Slot, path: String, set: MountAttributes, clear: MountAttributes, flags: AttachFlags)
  case makeDirectory(root: Slot, path: String, mode: UInt32)
  case makeSymlink(root: Slot, path: String, target: String)
  case makeFile(root: Slot, path: String, bytes: [UInt8], mode: UInt32)
  case maskPath(procfs: Slot, null: Slot, name: String, isDirectory: Bool)
  case makeReadOnly(procfs: Slot, name: String)
  case enterRoot(Slot, isWritable: Bool = false, byChroot: Bool = false)
  case changeDirectory(String)
  case close(Slot)
  case limitBoundingSet(keep: UInt64)
  case setSecureBits(UInt64)
  case setCapabilities(effective: UInt64, permitted: UInt64, inheritable: UInt64, ambient: UInt64)
  case setNoNewPrivileges
  case forbidDumping
  case openTerminal(devpts: Slot, terminal: Slot, rows: Int, columns: Int)
  case startPayload(keeping: Int, severalIDs: Bool = false)
  case newSession
  case takeTerminal(Slot)
  case installDescriptors([InstalledDescriptor])
  case setResourceLimit(kind: Int, soft: UInt64, hard: UInt64, lower: Bool)
  case raiseResourceLimit(kind: Int, hard: UInt64)
  case setUmask(UInt32)
  case loadFilter([UInt64])
  case execute(candidates: [String], arguments: [String], environment: [String])
  case writeSysctl(proc: Slot, path: String, text: String)
  case park(networkAhead: Bool, keeping: Int)
  case openRoot(Slot)
  case divideMounts(Slot, proc: String, without: [String])
  case enterMounts(Slot)
  case setGroups([UInt32])
  case setNice(Int)
  case setScheduler(policy: Int, priority: Int)
  case setAffinity(mask: [UInt64])
  case openNamespace(Slot, path: String)
  case joinNamespaces(Slot, flags: UInt64)
  case waitForMaps
  case keepDescriptors([Int])
  case changeRoot(String)
  case synchronizeFilter([UInt64])
  case allowDumping
  case maskInRoot(Slot, null: Slot, path: String, optional: Bool)
  case makeReadOnlyInRoot(Slot, path: String, optional: Bool)
  case setMountAttributes(Slot, MountAttributes)
  case holdInRoot(Slot, path: String)
  /// OPEN_TREE without a copy.
  case openInPlace(Slot, path: String)
  /// WRITE_SYSCTL, of a file that is none.
  case writeProcFile(proc: Slot, path: String, text: String)
  case adoptOrphans(proc: Slot)
  case takeMounts(insteadOf: Int)
  case setMountsAside(proc: Slot)
}

/// A descriptor of the plan, by number: those that the host hands over come first.
package struct Slot: Hashable, Sendable, Codable {
  package let index: Int
  package init(_ index: Int) { self.index = index }

  package init(from decoder: any Decoder) throws { index = try decoder.singleValueContainer().decode(Int.self) }
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(index)
  }
}

/// Which slot becomes which descriptor of the payload.
package struct InstalledDescriptor: Hashable, Sendable, Codable {
  package let slot: Slot
  package let number: Int
  package init(_ slot: Slot, as number: Int) {
    self.slot = slot
    self.number = number
  }
}

/// The programs that write an ordinary user's maps of several ids; empty where the launcher writes a map itself.
package struct MapHelpers: Hashable, Sendable, Codable {
  package var user, group: String
  package init(user: String = "", group: String = "") {
    self.user = user
    self.group = group
  }
}
