internal import SandboxPlanning

/// A mount is an object of one key, its kind: `{"bind": {"source": "/srv", "access": "readOnly"}}`.
extension Mount: Codable {
  /// Those that are their kind alone, `"proc"`, where they stand at their usual place.
  private static let words: [(name: String, mount: Mount)] = [
    ("hostSystem", .hostSystem), ("proc", .proc), ("devices", .devices), ("messageQueues", .messageQueues), ("sysfs", .sysfs),
  ]
  private static let kinds =
    words.map(\.name) + ["bind", "device", "program", "tmpfs", "symlink", "directory", "file", "masked", "readOnly"]

  /// A kind alone, `"proc"`, where it stands at its usual place; else an object of one key, the kind.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard let row = Self.words.first(where: { $0.name == word }) else {
        let nearest = nearestName(to: word, among: Self.kinds).map { "; did you mean \"\($0)\"?" } ?? ""
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "no kind of mount is \"\(word)\" alone\(nearest)"))
      }
      self = row.mount
      return
    }
    let outer = try decoder.container(keyedBy: CodedKey.self)
    self = try Self.decoded(try outer.onlyKey(of: Self.kinds), in: outer)
  }

  private static func decoded(_ key: CodedKey, in outer: KeyedDecodingContainer<CodedKey>) throws -> Mount {
    switch key.stringValue {
    case "bind":
      let coded = try outer.decode(CodedBind.self, forKey: key)
      let bind = try coded.bind(key, in: outer, isPlaced: true)
      return .bind(bind, at: coded.target)
    case "device":
      let device = try outer.decode(CodedDevice.self, forKey: key)
      return .device(
        try device.source.required(key, named: "source", in: outer), at: device.target,
        because: try device.because.required(key, named: "because", in: outer))
    case "program": return .program(try outer.decode(String.self, forKey: key))
    case "tmpfs":
      let tmpfs = try outer.decode(CodedTmpfs.self, forKey: key)
      return .tmpfs(
        at: try tmpfs.target.required(key, in: outer), size: tmpfs.size, inodes: tmpfs.inodes, mode: tmpfs.mode,
        allowsExecution: tmpfs.allowsExecution)
    case "proc":
      let proc = try outer.decode(CodedProc.self, forKey: key)
      return .proc(at: proc.target, subset: proc.subset, hidepid: proc.hidepid, group: proc.group)
    case "symlink":
      let link = try outer.decode(CodedSymlink.self, forKey: key)
      return .symlink(at: try link.target.required(key, in: outer), to: try link.to.required(key, named: "to", in: outer))
    case "directory":
      let directory = try outer.decode(CodedDirectory.self, forKey: key)
      return .directory(at: try directory.target.required(key, in: outer), mode: directory.mode)
    case "file":
      let file = try outer.decode(CodedFile.self, forKey: key)
      guard file.text == nil || file.bytes == nil else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: outer, debugDescription: "a file has either \"text\" or \"bytes\"")
      }
      let contents = file.text.map { Array($0.utf8) } ?? file.bytes ?? []
      return .file(at: try file.target.required(key, in: outer), contents: contents, mode: file.mode)
    case "masked", "readOnly":
      let cover = try outer.decode(CodedCover.self, forKey: key)
      let target = try cover.target.required(key, in: outer)
      return key.stringValue == "masked"
        ? .masked(target, ifExists: cover.ifExists) : .readOnly(target, ifExists: cover.ifExists)
    default:
      let placed = try outer.decode(CodedPlace.self, forKey: key)
      let kind = words.first { $0.name == key.stringValue }!.mount.kind
      return Mount(kind, at: try placed.target.required(key, in: outer))
    }
  }

  /// The shorter of the two forms, where both say the same.
  public func encode(to encoder: any Encoder) throws {
    if let row = Self.words.first(where: { $0.mount == self }) {
      var container = encoder.singleValueContainer()
      return try container.encode(row.name)
    }
    var outer = encoder.container(keyedBy: CodedKey.self)
    switch kind {
    case .bind(let bind):
      try outer.encode(CodedBind(bind, target: target == bind.source ? nil : target), forKey: CodedKey("bind"))
    case .device(let source, let reason):
      let device = CodedDevice(source: source, target: target == source ? nil : target, because: reason)
      try outer.encode(device, forKey: CodedKey("device"))
    case .program: try outer.encode(target, forKey: CodedKey("program"))
    case .tmpfs(let size, let inodes, let mode, let allowsExecution):
      let tmpfs = CodedTmpfs(target: target, size: size, inodes: inodes, mode: mode, allowsExecution: allowsExecution)
      try outer.encode(tmpfs, forKey: CodedKey("tmpfs"))
    case .proc(let options):
      let proc = CodedProc(target: target, subset: options.subset, hidepid: options.hidepid, group: options.group)
      try outer.encode(proc, forKey: CodedKey("proc"))
    case .symlink(let destination):
      try outer.encode(CodedSymlink(target: target, to: destination), forKey: CodedKey("symlink"))
    case .directory(let mode): try outer.encode(CodedDirectory(target: target, mode: mode), forKey: CodedKey("directory"))
    case .file(let contents, let mode):
      let text = String(validating: contents, as: UTF8.self)
      let file = CodedFile(target: target, mode: mode, text: text, bytes: text == nil ? contents : nil)
      try outer.encode(file, forKey: CodedKey("file"))
    case .masked(let ifExists): try outer.encode(CodedCover(target: target, ifExists: ifExists), forKey: CodedKey("masked"))
    case .readOnly(let ifExists):
      try outer.encode(CodedCover(target: target, ifExists: ifExists), forKey: CodedKey("readOnly"))
    case .hostSystem: try outer.encode(CodedPlace(target: target), forKey: CodedKey("hostSystem"))
    case .devices: try outer.encode(CodedPlace(target: target), forKey: CodedKey("devices"))
    case .messageQueues: try outer.encode(CodedPlace(target: target), forKey: CodedKey("messageQueues"))
    case .sysfs: try outer.encode(CodedPlace(target: target), forKey: CodedKey("sysfs"))
    }
  }
}

extension String? {
  fileprivate func required(
    _ key: CodedKey, named name: String = "target", in container: KeyedDecodingContainer<CodedKey>
  ) throws -> String {
    guard let self else {
      throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "it needs a \"\(name)\"")
    }
    return self
  }
}
