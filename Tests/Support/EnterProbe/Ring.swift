import CSyscalls
import Glibc

/// An io_uring, held by its descriptor or by what outlives that.
enum Ring {
  static func make(flags: UInt32 = 0) -> Int {
    var parameters = [UInt32](repeating: 0, count: 30)
    parameters[2] = flags
    return parameters.withUnsafeMutableBytes { csys_call(425, 4, Int(bitPattern: $0.baseAddress), 0, 0, 0, 0) }
  }

  /// Of the calling thread's own table of rings: IORING_REGISTER_RING_FDS, any place.
  static func register() -> Int {
    let ring = make()
    guard ring >= 0 else { return ring }
    var update: [UInt64] = [0xffff_ffff, UInt64(ring)]
    let done = update.withUnsafeMutableBytes { csys_call(427, ring, 20, Int(bitPattern: $0.baseAddress), 1, 0, 0) }
    close(CInt(ring))
    return done
  }

  static func map() -> Int {
    let ring = make()
    guard ring >= 0 else { return ring }
    let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, CInt(ring), 0)
    close(CInt(ring))
    return memory == MAP_FAILED ? -Int(errno) : 1
  }
}
