extension Mount {
  /// Whether it is made in the file system that stands there, and not mounted over it; of ``devices``, what is in it is.
  var isNode: Bool {
    switch kind {
    case .symlink, .directory, .file, .devices: true
    case .hostSystem, .bind, .tmpfs, .proc: false
    }
  }
}
