extension Mount {
  /// Whether it is made in the file system that stands there, and not mounted over it; of ``program(_:)``, what it needs is.
  var isNode: Bool {
    switch kind {
    case .symlink, .directory, .file, .program: true
    case .hostSystem, .devices, .bind, .device, .tmpfs, .proc, .messageQueues, .sysfs, .masked, .readOnly: false
    }
  }

  /// Whether it only changes what stands there.
  var isCover: Bool {
    switch kind {
    case .masked, .readOnly: true
    default: false
    }
  }

  var isReadOnlyCover: Bool {
    if case .readOnly = kind { true } else { false }
  }

  /// Whether it is a file, below which nothing can lie.
  func isFile(on files: HostFiles) -> Bool {
    switch kind {
    case .file, .device, .program: true
    case .bind(let bind): files.source(bind.source).map { $0.kind != .directory } ?? false
    default: false
    }
  }

  /// Whether it is a file system in which the kernel alone makes anything.
  var isKernels: Bool {
    switch kind {
    case .proc, .sysfs: true
    default: false
    }
  }

  /// What is wrong with mounting it over what is there, or with making it there.
  func problem(over entry: HostFiles.Entry?, on files: HostFiles) -> String? {
    guard let entry else { return nil }
    switch kind {
    case .directory where entry.kind != .directory: return "\"\(target)\" is a file of the host's, and no directory"
    case .symlink, .file: return "\"\(target)\" is there already, on the host"
    case .directory, .program: return nil
    default: break
    }
    if case .bind(let bind) = kind, files.source(bind.source) == nil { return nil }
    let isFile = isFile(on: files)
    if isFile, entry.kind == .directory {
      return "\"\(target)\" is a directory of the host's, and what would be mounted over it a file"
    }
    if !isFile, entry.kind != .directory {
      return "\"\(target)\" is a file of the host's, and what would be mounted over it a directory"
    }
    return nil
  }

  /// The names on the way to it.
  var names: [Substring] { target.split(separator: "/") }
}
