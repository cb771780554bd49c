import CSyscalls

/// A system call filter of one thread's own, as a library may load one.
enum Filter {
  static func load() {
    // BPF_RET | BPF_K, SECCOMP_RET_ALLOW.
    var allow: UInt64 = 0x7fff_0000_0000_0006
    _ = csys_prctl(CSYS_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    withUnsafeMutablePointer(to: &allow) { filter in
      var program = csys_sock_fprog(length: 1, pad: (0, 0, 0), filter: UInt64(UInt(bitPattern: filter)))
      _ = csys_seccomp(UInt32(CSYS_SECCOMP_SET_MODE_FILTER), 0, &program)
    }
  }
}
