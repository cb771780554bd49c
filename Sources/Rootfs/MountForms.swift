internal import SandboxPlanning

// What stands behind the kind of a mount: a kind each, so that a key of another kind is an unknown one.

struct CodedBind: TableCodable {
  var source: String?
  var target: String?
  var access = BindAccess.readOnly
  var ifExists = false
  var allowsExecution = true
  var propagation = Propagation.private
  var idMap: BindIDMap?

  init() {}

  init(_ bind: Bind, target: String? = nil) {
    source = bind.source
    self.target = target
    access = bind.access
    ifExists = bind.ifExists
    allowsExecution = bind.allowsExecution
    propagation = bind.propagation
    idMap = bind.idMap
  }

  /// - Parameter isPlaced: whether it has a target.
  func bind(_ key: CodedKey, in container: KeyedDecodingContainer<CodedKey>, isPlaced: Bool) throws -> Bind {
    guard let source else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container, debugDescription: "a \(key.stringValue) needs a \"source\"")
    }
    guard isPlaced || target == nil else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container, debugDescription: "the root stands at \"/\", and has no \"target\"")
    }
    return Bind(
      source, access: access, ifExists: ifExists, allowsExecution: allowsExecution, propagation: propagation, idMap: idMap)
  }

  static var codedDefault: CodedBind { CodedBind() }
  static var fields: [CodedField<CodedBind>] {
    [
      CodedField("source", \.source), CodedField("target", \.target), CodedField("access", \.access),
      CodedField("ifExists", \.ifExists), CodedField("allowsExecution", \.allowsExecution),
      CodedField("propagation", \.propagation), CodedField("idMap", \.idMap),
    ]
  }
}

struct CodedDevice: TableCodable {
  var source: String?
  var target: String?
  var because: String?

  static var codedDefault: CodedDevice { CodedDevice() }
  static var fields: [CodedField<CodedDevice>] {
    [CodedField("source", \.source), CodedField("target", \.target), CodedField("because", \.because)]
  }
}

struct CodedTmpfs: TableCodable {
  var target: String?
  var size = ByteCount.mebibytes(64)
  var inodes: UInt64 = 16_384
  var mode: UInt32 = 0o1777
  var allowsExecution = true

  static var codedDefault: CodedTmpfs { CodedTmpfs() }
  static var fields: [CodedField<CodedTmpfs>] {
    [
      CodedField("target", \.target), CodedField("size", \.size), CodedField("inodes", \.inodes),
      CodedField("mode", \.mode, to: octalText, from: octalNumber), CodedField("allowsExecution", \.allowsExecution),
    ]
  }
}

struct CodedProc: TableCodable {
  var target = "/proc"
  var subset: ProcSubset?
  var hidepid: HidePID?
  var group: UInt32?

  static var codedDefault: CodedProc { CodedProc() }
  static var fields: [CodedField<CodedProc>] {
    [
      CodedField("target", \.target), CodedField("subset", \.subset), CodedField("hidepid", \.hidepid),
      CodedField("group", \.group),
    ]
  }
}

struct CodedPlace: TableCodable {
  var target: String?

  static var codedDefault: CodedPlace { CodedPlace() }
  static var fields: [CodedField<CodedPlace>] { [CodedField("target", \.target)] }
}

struct CodedCover: TableCodable {
  var target: String?
  var ifExists = false

  static var codedDefault: CodedCover { CodedCover() }
  static var fields: [CodedField<CodedCover>] { [CodedField("target", \.target), CodedField("ifExists", \.ifExists)] }
}

struct CodedSymlink: TableCodable {
  var target: String?
  var to: String?

  static var codedDefault: CodedSymlink { CodedSymlink() }
  static var fields: [CodedField<CodedSymlink>] { [CodedField("target", \.target), CodedField("to", \.to)] }
}

struct CodedDirectory: TableCodable {
  var target: String?
  var mode: UInt32 = 0o755

  static var codedDefault: CodedDirectory { CodedDirectory() }
  static var fields: [CodedField<CodedDirectory>] {
    [CodedField("target", \.target), CodedField("mode", \.mode, to: octalText, from: octalNumber)]
  }
}

struct CodedFile: TableCodable {
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
  guard let mode = UInt32(octal: text) else { throw CodedValueError("\"\(text)\" is no octal number, as \"0755\"") }
  return mode
}
