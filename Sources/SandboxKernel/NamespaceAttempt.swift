internal import CSyscalls

/// Whether this process may make namespaces, found out by a child that has them for a moment.
package enum NamespaceAttempt {
  /// - Parameters:
  ///   - flags: `CLONE_NEW*`.
  ///   - name: how an error shows them.
  package static func make(_ flags: UInt64, name: String) throws(SystemCallError) {
    _ = try check(Int(csys_attempt_namespaces(flags)), "clone3", name)
  }
}

/// The kernel's release, as uname(2) gives it.
package enum KernelRelease {
  package static let current: String = {
    var name = csys_utsname()
    // It fails only for a bad address.
    _ = csys_uname(&name)
    return withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }()
}
