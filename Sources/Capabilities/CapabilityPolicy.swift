/// What a jail may do beyond an ordinary process: nothing, in any of the five sets.
///
/// (Keeping some is later work, and needs a user namespace of the jail's own.)
package struct CapabilityPolicy: Hashable, Sendable {
  package init() {}

  /// uid 0 means nothing, a change of uid gives nothing, nothing can be kept or raised; all of it locked:
  /// `SECBIT_NOROOT`, `SECBIT_NO_SETUID_FIXUP`, `SECBIT_NO_CAP_AMBIENT_RAISE`, and the locks of these and of
  /// `SECBIT_KEEP_CAPS` (capabilities(7)).
  static let lockedSecureBits: UInt64 = 0xef
}
