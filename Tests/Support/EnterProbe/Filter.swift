import CSyscalls

/// A system call filter of one thread's own, as a library may load one.
enum Filter {
  static func load() {
    // BPF_RET | BPF_K, SECCOMP_RET_ALLOW.
    _ = load([0x7fff_0000_0000_0006], flags: 0)
  }

  /// One for every thread, which answers EPERM for one call.
  static func refuse(_ call: UInt64) -> Int {
    load(
      [
        0x20,  // BPF_LD | BPF_W | BPF_ABS: the call's number.
        call << 32 | 0x0100_0015,  // BPF_JMP | BPF_JEQ | BPF_K
        0x0005_0001_0000_0006,  // SECCOMP_RET_ERRNO, EPERM.
        0x7fff_0000_0000_0006,
      ], flags: CSYS_SECCOMP_FILTER_FLAG_TSYNC)
  }

  private static func load(_ instructions: [UInt64], flags: CInt) -> Int {
    var instructions = instructions
    _ = csys_prctl(CSYS_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return instructions.withUnsafeMutableBufferPointer { filter in
      var program = csys_sock_fprog(
        length: UInt16(filter.count), pad: (0, 0, 0), filter: UInt64(UInt(bitPattern: filter.baseAddress)))
      return csys_seccomp(UInt32(CSYS_SECCOMP_SET_MODE_FILTER), UInt32(flags), &program)
    }
  }
}
