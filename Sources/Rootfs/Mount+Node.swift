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

  /// The names on the way to it.
  var names: [Substring] { target.split(separator: "/") }
}
