internal import CSyscalls
internal import SystemPackage

/// Who the calling thread is and what it may do, by the calls that tell: where there is no /proc to read it from.
package struct ThreadRights: Hashable, Sendable {
  package let user, group: UInt32
  /// Supplementary ones, ascending.
  package let groups: [UInt32]
  /// The sets, a bit a capability.
  package let effective, permitted, inheritable, bounding, ambient: UInt64
  package let secureBits: UInt32
  package let noNewPrivileges, isFiltered: Bool

  package static func current() throws(SystemCallError) -> ThreadRights {
    var header = csys_cap_header(version: UInt32(CSYS_CAPABILITY_VERSION_3), pid: 0)
    var data = (csys_cap_data(), csys_cap_data())
    let result = withUnsafeMutableBytes(of: &data) { data in
      csys_capget(&header, data.assumingMemoryBound(to: csys_cap_data.self).baseAddress!)
    }
    _ = try check(result, "capget")
    func set(_ part: KeyPath<csys_cap_data, UInt32>) -> UInt64 {
      UInt64(data.1[keyPath: part]) << 32 | UInt64(data.0[keyPath: part])
    }
    // What the kernel does not know is an error, and in no set.
    func asked(_ isIn: (UInt) -> Int) -> UInt64 {
      (0..<64).reduce(UInt64(0)) { $0 | (isIn(UInt($1)) == 1 ? 1 << UInt64($1) : 0) }
    }
    let count = try check(csys_getgroups(0, nil), "getgroups")
    var groups = [UInt32](repeating: 0, count: count)
    if count > 0 { _ = try check(csys_getgroups(CInt(count), &groups), "getgroups", "\(count)") }
    return ThreadRights(
      user: UInt32(csys_geteuid()), group: UInt32(csys_getegid()), groups: groups.sorted(), effective: set(\.effective),
      permitted: set(\.permitted), inheritable: set(\.inheritable),
      bounding: asked { csys_prctl(CSYS_PR_CAPBSET_READ, $0, 0, 0, 0) },
      ambient: asked { csys_prctl(CSYS_PR_CAP_AMBIENT, UInt(CSYS_PR_CAP_AMBIENT_IS_SET), $0, 0, 0) },
      secureBits: UInt32(truncatingIfNeeded: csys_prctl(CSYS_PR_GET_SECUREBITS, 0, 0, 0, 0)),
      noNewPrivileges: csys_prctl(CSYS_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
      isFiltered: csys_prctl(CSYS_PR_GET_SECCOMP, 0, 0, 0, 0) == 2)
  }
}

extension HostPath {
  /// The entries of a directory that are numbers: threads, descriptors.
  package static func numbers(in path: String) throws(SystemCallError) -> [Int] {
    let directory = try OwnedDescriptor.open(path, flags: CSYS_O_RDONLY | CSYS_O_DIRECTORY)
    var numbers: [Int] = []
    var buffer = [UInt8](repeating: 0, count: 32768)
    while true {
      let n = try check(csys_getdents64(directory.number, &buffer, buffer.count), "getdents64", "\"\(path)\"")
      if n == 0 { return numbers.sorted() }
      var at = 0
      while at < n {
        let length = Int(buffer[at + 16]) | Int(buffer[at + 17]) << 8
        let name = buffer[(at + 19)..<(at + length)].prefix { $0 != 0 }
        if let number = Int(String(decoding: name, as: UTF8.self)), number != Int(directory.number) || path.hasSuffix("task") {
          numbers.append(number)
        }
        at += length
      }
    }
  }
}

extension HostPath {
  /// Whether a descriptor is open, and what it is; nil where it is not.
  package static func kind(of descriptor: CInt) -> Status.Kind? {
    guard csys_fcntl(descriptor, CSYS_F_GETFD, 0) >= 0 else { return nil }
    return (try? status(of: descriptor))?.kind ?? .unknown
  }
}
