internal import CSyscalls

/// Who the calling thread is.
package struct ProcessIdentity: Hashable, Sendable {
  package let pid: CInt
  package let uid, gid: UInt32
  /// The supplementary groups, without the primary one.
  package let groups: [UInt32]
  /// The effective capabilities, a bit each.
  package let capabilities: UInt64

  /// As it is now.
  package static func current() throws(SystemCallError) -> ProcessIdentity {
    let gid = UInt32(csys_getegid())
    let count = try check(csys_getgroups(0, nil), "getgroups")
    var groups = [UInt32](repeating: 0, count: count)
    if count > 0 { groups = Array(groups[..<(try check(csys_getgroups(CInt(count), &groups), "getgroups", "\(count)"))]) }

    var header = csys_cap_header(version: UInt32(CSYS_CAPABILITY_VERSION_3), pid: 0)
    var data = (csys_cap_data(), csys_cap_data())
    let result = withUnsafeMutableBytes(of: &data) { data in
      csys_capget(&header, data.assumingMemoryBound(to: csys_cap_data.self).baseAddress!)
    }
    _ = try check(result, "capget")
    return ProcessIdentity(
      pid: CInt(csys_getpid()), uid: UInt32(csys_geteuid()), gid: gid, groups: groups.filter { $0 != gid }.sorted(),
      capabilities: UInt64(data.1.effective) << 32 | UInt64(data.0.effective))
  }

  /// Its effective user.
  package static var effectiveUser: UInt32 { UInt32(csys_geteuid()) }

  /// The calling process's number.
  package static var pid: CInt { CInt(csys_getpid()) }
}
