package import SandboxPlanning

extension RootfsPolicy: TableCodable {
  package static var codedDefault: RootfsPolicy { RootfsPolicy() }

  package static var fields: [CodedField<RootfsPolicy>] {
    [
      CodedField("mounts", \.mounts), CodedField("workingDirectory", \.workingDirectory), CodedField("change", \.change),
    ]
  }
}

/// A mount is an object of one key, its kind: `{"bind": {"source": "/srv", "access": "readOnly"}}`.
extension Mount: Codable {
  private static let kinds = ["hostSystem", "bind", "tmpfs", "proc", "devices", "symlink", "directory", "file"]

  /// A kind alone, `"proc"`, where it stands at its usual place; else an object of one key, the kind.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      switch word {
      case "hostSystem": self = .hostSystem
      case "proc": self = .proc
      case "devices": self = .devices
      default:
        let nearest = nearestName(to: word, among: Self.kinds).map { "; did you mean \"\($0)\"?" } ?? ""
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "no kind of mount is \"\(word)\" alone\(nearest)"))
      }
      return
    }
    let outer = try decoder.container(keyedBy: CodedKey.self)
    let key = try outer.onlyKey(of: Self.kinds)
    switch key.stringValue {
    case "bind":
      let bind = try outer.decode(CodedBind.self, forKey: key)
      guard let source = bind.source else {
        throw DecodingError.dataCorruptedError(forKey: key, in: outer, debugDescription: "a bind needs a \"source\"")
      }
      self = .bind(source, at: bind.target ?? source, access: bind.access, ifExists: bind.ifExists)
    case "tmpfs":
      let tmpfs = try outer.decode(CodedTmpfs.self, forKey: key)
      self = .tmpfs(
        at: try tmpfs.target.required(key, in: outer), size: tmpfs.size, inodes: tmpfs.inodes, mode: tmpfs.mode)
    case "symlink":
      let link = try outer.decode(CodedSymlink.self, forKey: key)
      self = .symlink(
        at: try link.target.required(key, in: outer), to: try link.to.required(key, named: "to", in: outer))
    case "directory":
      let directory = try outer.decode(CodedDirectory.self, forKey: key)
      self = .directory(at: try directory.target.required(key, in: outer), mode: directory.mode)
    case "file":
      let file = try outer.decode(CodedFile.self, forKey: key)
      guard file.text == nil || file.bytes == nil else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: outer, debugDescription: "a file has either \"text\" or \"bytes\"")
      }
      let contents = file.text.map { Array($0.utf8) } ?? file.bytes ?? []
      self = .file(at: try file.target.required(key, in: outer), contents: contents, mode: file.mode)
    default:
      let placed = try outer.decode(CodedPlace.self, forKey: key)
      let kinds: [String: Kind] = ["hostSystem": .hostSystem, "proc": .proc, "devices": .devices]
      self = Mount(kinds[key.stringValue]!, at: try placed.target.required(key, in: outer))
    }
  }

  /// The shorter of the two forms, where both say the same.
  public func encode(to encoder: any Encoder) throws {
    if let word = wordAlone {
      var container = encoder.singleValueContainer()
      return try container.encode(word)
    }
    var outer = encoder.container(keyedBy: CodedKey.self)
    switch kind {
    case .bind(let source, let access, let ifExists):
      let bind = CodedBind(source: source, target: target == source ? nil : target, access: access, ifExists: ifExists)
      try outer.encode(bind, forKey: CodedKey("bind"))
    case .tmpfs(let size, let inodes, let mode):
      try outer.encode(CodedTmpfs(target: target, size: size, inodes: inodes, mode: mode), forKey: CodedKey("tmpfs"))
    case .symlink(let destination):
      try outer.encode(CodedSymlink(target: target, to: destination), forKey: CodedKey("symlink"))
    case .directory(let mode): try outer.encode(CodedDirectory(target: target, mode: mode), forKey: CodedKey("directory"))
    case .file(let contents, let mode):
      let text = String(validating: contents, as: UTF8.self)
      let file = CodedFile(target: target, mode: mode, text: text, bytes: text == nil ? contents : nil)
      try outer.encode(file, forKey: CodedKey("file"))
    case .hostSystem: try outer.encode(CodedPlace(target: target), forKey: CodedKey("hostSystem"))
    case .proc: try outer.encode(CodedPlace(target: target), forKey: CodedKey("proc"))
    case .devices: try outer.encode(CodedPlace(target: target), forKey: CodedKey("devices"))
    }
  }

  private var wordAlone: String? {
    switch self {
    case .hostSystem: "hostSystem"
    case .proc: "proc"
    case .devices: "devices"
    default: nil
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

private struct CodedBind: TableCodable {
  var source: String?
  var target: String?
  var access = BindAccess.readOnly
  var ifExists = false

  static var codedDefault: CodedBind { CodedBind() }
  static var fields: [CodedField<CodedBind>] {
    [
      CodedField("source", \.source), CodedField("target", \.target), CodedField("access", \.access),
      CodedField("ifExists", \.ifExists),
    ]
  }
}

private struct CodedTmpfs: TableCodable {
  var target: String?
  var size = ByteCount.mebibytes(64)
  var inodes: UInt64 = 16_384
  var mode: UInt32 = 0o1777

  static var codedDefault: CodedTmpfs { CodedTmpfs() }
  static var fields: [CodedField<CodedTmpfs>] {
    [
      CodedField("target", \.target), CodedField("size", \.size), CodedField("inodes", \.inodes),
      CodedField("mode", \.mode, to: octalText, from: octalNumber),
    ]
  }
}

// A kind each, so that a key of another kind is an unknown one.

private struct CodedPlace: TableCodable {
  var target: String?

  static var codedDefault: CodedPlace { CodedPlace() }
  static var fields: [CodedField<CodedPlace>] { [CodedField("target", \.target)] }
}

private struct CodedSymlink: TableCodable {
  var target: String?
  var to: String?

  static var codedDefault: CodedSymlink { CodedSymlink() }
  static var fields: [CodedField<CodedSymlink>] { [CodedField("target", \.target), CodedField("to", \.to)] }
}

private struct CodedDirectory: TableCodable {
  var target: String?
  var mode: UInt32 = 0o755

  static var codedDefault: CodedDirectory { CodedDirectory() }
  static var fields: [CodedField<CodedDirectory>] {
    [CodedField("target", \.target), CodedField("mode", \.mode, to: octalText, from: octalNumber)]
  }
}

private struct CodedFile: TableCodable {
  var target: String?
  var mode: UInt32 = 0o644
  var text: String?
  var bytes: [UInt8]?

  static var codedDefault: CodedFile { CodedFile() }
  static var fields: [CodedField<CodedFile>] {
    [
      CodedField("target", \.target), CodedField("mode", \.mode, to: octalText, from: octalNumber),
      CodedField("text", \.text), CodedField("bytes", \.bytes),
    ]
  }
}

private func octalText(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }

private func octalNumber(_ text: String) throws -> UInt32 {
  guard let mode = UInt32(text, radix: 8) else { throw CodedValueError("\"\(text)\" is no octal number, as \"0755\"") }
  return mode
}
