internal import CSyscalls

/// What may be done in a mount: `MOUNT_ATTR_*` of mount_setattr(2) (Linux 5.12).
package struct MountAttributes: OptionSet, Hashable, Sendable, Codable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package static let readOnly = Self(rawValue: UInt64(CSYS_MOUNT_ATTR_RDONLY))
  package static let noSetUserID = Self(rawValue: UInt64(CSYS_MOUNT_ATTR_NOSUID))
  package static let noDevices = Self(rawValue: UInt64(CSYS_MOUNT_ATTR_NODEV))
  package static let noExecution = Self(rawValue: UInt64(CSYS_MOUNT_ATTR_NOEXEC))

  /// As mount(8) writes them.
  package var text: String {
    let names: [(MountAttributes, String)] = [
      (.readOnly, "ro"), (.noSetUserID, "nosuid"), (.noDevices, "nodev"), (.noExecution, "noexec"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: ",")
  }
}
