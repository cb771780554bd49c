extension Operation: CustomStringConvertible {
  /// The operation as a line of a printed plan: the name of its opcode and its operands.
  package var description: String {
    let operands = operandText
    return operands.isEmpty ? name : "\(name) \(operands.printable)"
  }

  /// The name in the plan's text.
  package var name: String {
    switch self {
    case .raiseOpenFiles: "raise-open-files"
    case .openTree, .openInPlace: "open-tree"
    case .makeIDNamespace: "make-id-namespace"
    case .mapTree: "map-tree"
    case .cloneJail: "clone-jail"
    case .become: "become"
    case .newSessionKeyring: "new-session-keyring"
    case .makeMountsPrivate: "make-mounts-private"
    case .setHostName: "set-host-name"
    case .setDomainName: "set-domain-name"
    case .raiseLoopback: "raise-loopback"
    case .unshare: "unshare"
    case .writeProcessFile: "write-process-file"
    case .newFilesystem: "new-filesystem"
    case .attachRoot: "attach-root"
    case .attach: "attach"
    case .makeDirectory: "make-directory"
    case .makeSymlink: "make-symlink"
    case .makeFile: "make-file"
    case .maskPath: "mask-path"
    case .makeReadOnly: "make-read-only"
    case .enterRoot: "enter-root"
    case .changeDirectory: "change-directory"
    case .close: "close"
    case .limitBoundingSet: "limit-bounding-set"
    case .setSecureBits: "set-secure-bits"
    case .setCapabilities: "set-capabilities"
    case .setNoNewPrivileges: "set-no-new-privileges"
    case .forbidDumping: "forbid-dumping"
    case .openTerminal: "open-terminal"
    case .startPayload: "start-payload"
    case .newSession: "new-session"
    case .takeTerminal: "take-terminal"
    case .installDescriptors: "install-descriptors"
    case .setResourceLimit, .raiseResourceLimit: "set-resource-limit"
    case .setUmask: "set-umask"
    case .loadFilter: "load-filter"
    case .execute: "execute"
    case .writeSysctl, .writeProcFile: "write-sysctl"
    case .park: "park"
    case .openRoot: "open-root"
    case .divideMounts: "divide-mounts"
    case .enterMounts: "enter-mounts"
    case .setGroups: "set-groups"
    case .setNice: "set-nice"
    case .setScheduler: "set-scheduler"
    case .setAffinity: "set-affinity"
    case .openNamespace: "open-namespace"
    case .joinNamespaces: "join-namespaces"
    case .waitForMaps: "wait-for-maps"
    case .keepDescriptors: "keep-descriptors"
    case .changeRoot: "change-root"
    case .synchronizeFilter: "synchronize-filter"
    case .allowDumping: "allow-dumping"
    case .maskInRoot: "mask-in-root"
    case .makeReadOnlyInRoot: "make-read-only-in-root"
    case .setMountAttributes: "set-mount-attributes"
    case .adoptOrphans: "adopt-orphans"
    case .holdInRoot: "hold-in-root"
    case .takeMounts: "take-mounts"
    case .setMountsAside: "set-mounts-aside"
    }
  }

  private var operandText: String {
    switch self {
    case .raiseOpenFiles, .newSessionKeyring, .makeMountsPrivate, .raiseLoopback, .setNoNewPrivileges, .forbidDumping,
      .newSession, .waitForMaps, .allowDumping, .startPayload:
      ""
    case .openTree(let slot, let path, let recursive, let optional, let followsLinks):
      "\(slot) = \"\(path)\"\(recursive ? " recursive" : "")\(optional ? " optional" : "")\(followsLinks ? "" : " no-symlinks")"
    case .makeIDNamespace(let slot, let uid, let gid):
      "\(slot) = uid \(uid.replacing("\n", with: ", ")) gid \(gid.replacing("\n", with: ", "))"
    case .mapTree(let tree, let namespace): "\(tree) by \(namespace)"
    case .cloneJail(let flags, let uid, let gid, let deny, let helpers):
      "\(Self.namespaceNames(flags)) uid \(Self.map(uid, by: helpers.user)) gid \(Self.map(gid, by: helpers.group))"
        + (deny ? " setgroups=deny" : "")
    case .become(let uid, let gid, let drop): "uid \(uid) gid \(gid)\(drop ? " no groups" : "")"
    case .openNamespace(let slot, let path): "\(slot) = \"\(path)\""
    case .openInPlace(let slot, let path): "\(slot) = \"\(path)\" in place"
    case .adoptOrphans(let proc): "by \(proc)"
    case .takeMounts(let count): "made ahead, or by the next \(count) steps"
    case .setMountsAside: "for the next jail"
    case .joinNamespaces(let slot, let flags): "\(Self.namespaceNames(flags)) of \(slot)"
    case .setHostName(let name), .setDomainName(let name): "\"\(name)\""
    case .unshare(let flags): Self.namespaceNames(flags)
    case .writeProcessFile(let path, let text): "/proc/self/\(path) \"\(Self.escaped(text))\""
    case .newFilesystem(let slot, let type, let options, let attributes):
      "\(slot) = \(type) \((options + [attributes.text]).filter { !$0.isEmpty }.joined(separator: ","))"
    case .attachRoot(let slot, let set, let flags): "\(slot)\(set.isEmpty ? "" : " \(set.text)")\(flags.text)"
    case .enterRoot(let slot, let isWritable, let byChroot):
      "\(slot)\(isWritable ? " writable" : "")\(byChroot ? " by chroot" : "")"
    case .maskInRoot(let root, _, let path, let optional), .makeReadOnlyInRoot(let root, let path, let optional):
      "\(root):\"\(path)\"\(optional ? " optional" : "")"
    case .setMountAttributes(let tree, let set): "\(tree) \(set.text)"
    case .holdInRoot(let root, let path): "\(root):\"\(path)\""
    case .close(let slot), .takeTerminal(let slot), .openRoot(let slot),
      .enterMounts(let slot):
      "\(slot)"
    case .attach(let tree, let root, let path, let set, let clear, let flags):
      "\(tree) at \(root):\"\(path)\" \(set.text)\(clear.isEmpty ? "" : " not \(clear.text)")\(flags.text)"
    case .makeDirectory(let root, let path, let mode): "\(root):\"\(path)\" \(Self.octal(mode))"
    case .makeSymlink(let root, let path, let target): "\(root):\"\(path)\" -> \"\(target)\""
    case .makeFile(let root, let path, let bytes, let mode): "\(root):\"\(path)\" \(Self.octal(mode)) \(bytes.count) bytes"
    case .maskPath(let procfs, _, let name, _), .makeReadOnly(let procfs, let name): "\(procfs):\"\(name)\""
    case .changeDirectory(let path), .changeRoot(let path): "\"\(path)\""
    case .keepDescriptors(let numbers): numbers.map(String.init).joined(separator: " ")
    case .park(let networkAhead, _): networkAhead ? "with a network namespace ahead" : ""
    case .divideMounts(let slot, _, let paths): "\(slot) without \(paths.map { "\"\($0)\"" }.joined(separator: ", "))"
    case .limitBoundingSet(let mask): "keep \(Self.hexadecimal(mask))"
    case .setSecureBits(let bits): Self.hexadecimal(bits)
    case .setCapabilities(let effective, let permitted, let inheritable, let ambient):
      "effective \(Self.hexadecimal(effective)) permitted \(Self.hexadecimal(permitted)) "
        + "inheritable \(Self.hexadecimal(inheritable)) ambient \(Self.hexadecimal(ambient))"
    case .openTerminal(let devpts, let terminal, let rows, let columns):
      "\(terminal) = \(devpts):\"ptmx\" \(rows)x\(columns)"
    case .installDescriptors(let pairs): pairs.map { "\($0.number)=\($0.slot)" }.joined(separator: " ")
    case .setResourceLimit(let kind, let soft, let hard, let lower):
      "\(kind) soft \(Self.limit(soft)) hard \(Self.limit(hard))\(lower ? " or what is in force" : "")"
    case .raiseResourceLimit(let kind, let hard): "\(kind) hard at least \(Self.limit(hard))"
    case .setUmask(let mask): Self.octal(mask)
    case .setGroups(let groups): groups.map(String.init).joined(separator: ",")
    case .setNice(let value): String(value)
    case .setScheduler(let policy, let priority): "\(policy) priority \(priority)"
    case .setAffinity(let mask): mask.reversed().map(Self.hexadecimal).joined(separator: " ")
    case .loadFilter(let program), .synchronizeFilter(let program): "\(program.count) instructions"
    case .execute(let candidates, let arguments, _):
      "\(candidates.joined(separator: " | ")) with \(arguments.map { "\"\(Self.escaped($0))\"" }.joined(separator: " "))"
    case .writeSysctl(_, let path, let text): "\(path) = \(Self.escaped(text))"
    case .writeProcFile(let proc, let path, let text): "\(proc):\"\(path)\" = \(Self.escaped(text))"
    }
  }

  private static func map(_ lines: String, by helper: String) -> String {
    lines.replacing("\n", with: ", ") + (helper.isEmpty ? "" : " by \(helper)")
  }

  private static func octal(_ value: UInt32) -> String { "0" + String(value, radix: 8) }
  private static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
  private static func limit(_ value: UInt64) -> String { value == .max ? "infinite" : String(value) }

  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { $0 == "\n" ? "\\n" : $0.value < 32 ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
  }

  private static func namespaceNames(_ flags: UInt64) -> String {
    NamespaceFlag.table.filter { flags & $0.flag != 0 }.map(\.name).joined(separator: ",")
  }
}

extension Slot: CustomStringConvertible {
  package var description: String { "$\(index)" }
}

extension Operation {
  /// What a failed call of this operation was about, as an error shows it between the call's parentheses.
  package var subject: String { subjectText.printable }

  private var subjectText: String {
    switch self {
    case .openTree(_, let path, _, _, _), .changeDirectory(let path), .changeRoot(let path), .openNamespace(_, let path),
      .openInPlace(_, let path):
      "\"\(path)\""
    case .attach(_, _, let path, _, _, _), .makeDirectory(_, let path, _), .makeFile(_, let path, _, _),
      .maskPath(_, _, let path, _),
      .makeReadOnly(_, let path), .maskInRoot(_, _, let path, _), .makeReadOnlyInRoot(_, let path, _),
      .holdInRoot(_, let path):
      "\"\(path)\""
    case .makeSymlink(_, let path, let target): "\"\(target)\", \"\(path)\""
    case .newFilesystem(_, let type, let options, _): ([type] + options).joined(separator: ", ")
    case .execute(let candidates, _, _): candidates.map { "\"\($0)\"" }.joined(separator: " or ")
    case .writeSysctl(_, let path, let text), .writeProcFile(_, let path, let text):
      "\"\(path)\", \"\(text.split(separator: "\n").joined())\""
    default: description.contains(" ") ? String(description.drop { $0 != " " }.dropFirst()) : ""
    }
  }
}
