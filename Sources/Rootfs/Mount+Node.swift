extension Mount {
  /// Whether it is made in the file system that stands there, and not mounted over it.
  var isNode: Bool {
    switch kind {
    case .symlink, .directory, .file: true
    case .hostSystem, .bind, .tmpfs, .proc, .devices: false
    }
  }
}
