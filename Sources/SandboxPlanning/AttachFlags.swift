internal import Jailer

/// How a tree is attached: `JAILER_ATTACH_*` of jailer_plan.h.
package struct AttachFlags: OptionSet, Hashable, Sendable, Codable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package static let recursive = Self(rawValue: UInt64(JAILER_ATTACH_RECURSIVE))
  package static let existing = Self(rawValue: UInt64(JAILER_ATTACH_EXISTING))
  package static let `private` = Self(rawValue: UInt64(JAILER_ATTACH_PRIVATE))
  package static let slave = Self(rawValue: UInt64(JAILER_ATTACH_SLAVE))
  package static let shared = Self(rawValue: UInt64(JAILER_ATTACH_SHARED))
  package static let unbindable = Self(rawValue: UInt64(JAILER_ATTACH_UNBINDABLE))

  package var text: String {
    let names: [(AttachFlags, String)] = [
      (.recursive, "recursive"), (.existing, "existing"), (.private, "private"), (.slave, "slave"), (.shared, "shared"),
      (.unbindable, "unbindable"),
    ]
    return names.filter { contains($0.0) }.map { " " + $0.1 }.joined()
  }
}
