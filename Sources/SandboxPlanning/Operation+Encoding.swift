internal import Jailer

extension Operation {
  /// The opcode, and the operands in the order of the table in jailer_plan.h; strings and bytes go to the arena's data.
  func encode(into data: inout ArenaData) -> (code: Int, operands: [UInt64]) {
    switch self {
    case .raiseOpenFiles: (code(JAILER_OP_RAISE_OPEN_FILES), [])
    case .openTree(let slot, let path, let recursive, let optional, let followsLinks):
      (
        code(JAILER_OP_OPEN_TREE),
        [
          slot.word, data.string(path),
          UInt64(recursive ? JAILER_TREE_RECURSIVE : 0) | Self.optional(optional)
            | UInt64(followsLinks ? 0 : JAILER_TREE_NO_SYMLINKS),
        ]
      )
    case .openInPlace(let slot, let path):
      (code(JAILER_OP_OPEN_TREE), [slot.word, data.string(path), UInt64(JAILER_TREE_IN_PLACE)])
    case .adoptOrphans(let proc): (code(JAILER_OP_ADOPT_ORPHANS), [proc.word])
    case .takeMounts(let count): (code(JAILER_OP_TAKE_MOUNTS), [UInt64(count)])
    case .setMountsAside(let proc): (code(JAILER_OP_SET_MOUNTS_ASIDE), [proc.word])
    case .makeIDNamespace(let slot, let uid, let gid):
      (code(JAILER_OP_MAKE_ID_NAMESPACE), [slot.word, data.string(uid), data.string(gid)])
    case .mapTree(let tree, let namespace): (code(JAILER_OP_MAP_TREE), [tree.word, namespace.word])
    case .cloneJail(let flags, let uid, let gid, let deny, let helpers):
      (
        code(JAILER_OP_CLONE_JAIL),
        [flags, data.string(uid), data.string(gid), deny ? 1 : 0, data.string(helpers.user), data.string(helpers.group)]
      )
    case .become(let uid, let gid, let drop): (code(JAILER_OP_BECOME), [UInt64(uid), UInt64(gid), drop ? 1 : 0])
    case .newSessionKeyring: (code(JAILER_OP_NEW_SESSION_KEYRING), [])
    case .makeMountsPrivate: (code(JAILER_OP_MAKE_MOUNTS_PRIVATE), [])
    case .setHostName(let name): (code(JAILER_OP_SET_HOST_NAME), [data.string(name)])
    case .setDomainName(let name): (code(JAILER_OP_SET_DOMAIN_NAME), [data.string(name)])
    case .raiseLoopback: (code(JAILER_OP_RAISE_LOOPBACK), [])
    case .unshare(let flags): (code(JAILER_OP_UNSHARE), [flags])
    case .writeProcessFile(let path, let text):
      (code(JAILER_OP_WRITE_PROCESS_FILE), [data.string(path)] + data.bytes(Array(text.utf8)))
    case .newFilesystem(let slot, let type, let options, let attributes):
      (code(JAILER_OP_NEW_FILESYSTEM), [slot.word, data.string(type), data.vector(options), attributes.rawValue])
    case .attachRoot(let slot, let set, let flags):
      (code(JAILER_OP_ATTACH_ROOT), [slot.word, set.rawValue, flags.rawValue])
    case .attach(let tree, let root, let path, let set, let clear, let flags):
      (
        code(JAILER_OP_ATTACH),
        [tree.word, root.word, data.string(path), set.rawValue, clear.rawValue, flags.rawValue]
      )
    case .makeDirectory(let root, let path, let mode):
      (code(JAILER_OP_MAKE_DIRECTORY), [root.word, data.string(path), UInt64(mode)])
    case .makeSymlink(let root, let path, let target):
      (code(JAILER_OP_MAKE_SYMLINK), [root.word, data.string(path), data.string(target)])
    case .makeFile(let root, let path, let bytes, let mode):
      (code(JAILER_OP_MAKE_FILE), [root.word, data.string(path)] + data.bytes(bytes) + [UInt64(mode)])
    case .maskPath(let procfs, let null, let name, let isDirectory):
      (code(JAILER_OP_MASK_PATH), [procfs.word, null.word, data.string(name), isDirectory ? 1 : 0])
    case .makeReadOnly(let procfs, let name): (code(JAILER_OP_MAKE_READ_ONLY), [procfs.word, data.string(name)])
    case .enterRoot(let slot, let isWritable, let byChroot):
      (
        code(JAILER_OP_ENTER_ROOT),
        [slot.word, UInt64(isWritable ? JAILER_ROOT_WRITABLE : 0) | UInt64(byChroot ? JAILER_ROOT_CHROOT : 0)]
      )
    case .changeDirectory(let path): (code(JAILER_OP_CHANGE_DIRECTORY), [data.string(path)])
    case .close(let slot): (code(JAILER_OP_CLOSE), [slot.word])
    case .limitBoundingSet(let keep): (code(JAILER_OP_LIMIT_BOUNDING_SET), [keep])
    case .setSecureBits(let bits): (code(JAILER_OP_SET_SECURE_BITS), [bits])
    case .setCapabilities(let effective, let permitted, let inheritable, let ambient):
      (code(JAILER_OP_SET_CAPABILITIES), [effective, permitted, inheritable, ambient])
    case .setNoNewPrivileges: (code(JAILER_OP_SET_NO_NEW_PRIVILEGES), [])
    case .forbidDumping: (code(JAILER_OP_FORBID_DUMPING), [])
    case .openTerminal(let devpts, let terminal, let rows, let columns):
      (code(JAILER_OP_OPEN_TERMINAL), [devpts.word, terminal.word, UInt64(rows), UInt64(columns)])
    case .startPayload(let keeping, let several):
      (code(JAILER_OP_START_PAYLOAD), [UInt64(keeping), several ? 1 : 0])
    case .newSession: (code(JAILER_OP_NEW_SESSION), [])
    case .takeTerminal(let slot): (code(JAILER_OP_TAKE_TERMINAL), [slot.word])
    case .installDescriptors(let pairs):
      (
        code(JAILER_OP_INSTALL_DESCRIPTORS),
        data.words(pairs.sorted { $0.number < $1.number }.flatMap { [UInt32($0.slot.index), UInt32($0.number)] })
      )
    case .setResourceLimit(let kind, let soft, let hard, let lower):
      (code(JAILER_OP_SET_RESOURCE_LIMIT), [UInt64(kind), soft, hard, UInt64(lower ? JAILER_LIMIT_LOWER : 0)])
    case .raiseResourceLimit(let kind, let hard):
      (code(JAILER_OP_SET_RESOURCE_LIMIT), [UInt64(kind), 0, hard, UInt64(JAILER_LIMIT_RAISE)])
    case .setUmask(let mask): (code(JAILER_OP_SET_UMASK), [UInt64(mask)])
    case .loadFilter(let program): (code(JAILER_OP_LOAD_FILTER), data.words(program))
    case .execute(let candidates, let arguments, let environment):
      (code(JAILER_OP_EXECUTE), [data.vector(candidates), data.vector(arguments), data.vector(environment)])
    case .writeSysctl(let proc, let path, let text):
      (code(JAILER_OP_WRITE_SYSCTL), [proc.word, data.string("sys/\(path)")] + data.bytes(Array(text.utf8)))
    case .writeProcFile(let proc, let path, let text):
      (code(JAILER_OP_WRITE_SYSCTL), [proc.word, data.string(path)] + data.bytes(Array(text.utf8)))
    case .park(let networkAhead, let keeping):
      (code(JAILER_OP_PARK), [UInt64(networkAhead ? JAILER_PARK_NETWORK : 0), UInt64(keeping)])
    case .openRoot(let slot): (code(JAILER_OP_OPEN_ROOT), [slot.word])
    case .divideMounts(let slot, let proc, let paths):
      (code(JAILER_OP_DIVIDE_MOUNTS), [slot.word, data.string(proc), data.vector(paths)])
    case .enterMounts(let slot): (code(JAILER_OP_ENTER_MOUNTS), [slot.word])
    case .setGroups(let groups): (code(JAILER_OP_SET_GROUPS), data.words(groups))
    case .setNice(let value): (code(JAILER_OP_SET_NICE), [UInt64(bitPattern: Int64(value))])
    case .setScheduler(let policy, let priority): (code(JAILER_OP_SET_SCHEDULER), [UInt64(policy), UInt64(priority)])
    case .setAffinity(let mask): (code(JAILER_OP_SET_AFFINITY), data.words(mask))
    case .openNamespace(let slot, let path): (code(JAILER_OP_OPEN_NAMESPACE), [slot.word, data.string(path)])
    case .joinNamespaces(let slot, let flags): (code(JAILER_OP_JOIN_NAMESPACES), [slot.word, flags])
    case .waitForMaps: (code(JAILER_OP_WAIT_FOR_MAPS), [])
    case .keepDescriptors(let numbers):
      (code(JAILER_OP_KEEP_DESCRIPTORS), data.words(Set(numbers).sorted().map { UInt32($0) }))
    case .allowDumping: (code(JAILER_OP_ALLOW_DUMPING), [])
    case .changeRoot(let path): (code(JAILER_OP_CHANGE_ROOT), [data.string(path)])
    case .synchronizeFilter(let program): (code(JAILER_OP_SYNCHRONIZE_FILTER), data.words(program))
    case .maskInRoot(let root, let null, let path, let optional):
      (code(JAILER_OP_MASK_IN_ROOT), [root.word, null.word, data.string(path), Self.optional(optional)])
    case .makeReadOnlyInRoot(let root, let path, let optional):
      (code(JAILER_OP_MAKE_READ_ONLY_IN_ROOT), [root.word, data.string(path), Self.optional(optional)])
    case .holdInRoot(let root, let path): (code(JAILER_OP_HOLD_IN_ROOT), [root.word, data.string(path)])
    case .setMountAttributes(let tree, let set): (code(JAILER_OP_SET_MOUNT_ATTRIBUTES), [tree.word, set.rawValue])
    }
  }

  private static func optional(_ optional: Bool) -> UInt64 { UInt64(optional ? JAILER_TREE_OPTIONAL : 0) }

  private func code(_ opcode: jailer_opcode) -> Int { Int(opcode.rawValue) }
}

extension Slot {
  var word: UInt64 { UInt64(index) }
}
