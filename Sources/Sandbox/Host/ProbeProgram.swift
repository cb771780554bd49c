/// A program that only ends, with status 0, so that a host is asked about jails and not about its own programs.
enum ProbeProgram {
  #if arch(x86_64)
    private static let machine: UInt8 = 62
    /// xor edi, edi; mov eax, exit_group; syscall
    private static let code: [UInt8] = [0x31, 0xff, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05]
  #elseif arch(arm64)
    private static let machine: UInt8 = 183
    /// mov x0, #0; mov x8, #exit_group; svc #0
    private static let code: [UInt8] = [0x00, 0x00, 0x80, 0xd2, 0xc8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4]
  #endif

  private static let address: UInt64 = 0x40_0000
  /// The ELF header and its one program header: elf(5).
  private static let headers: UInt64 = 64 + 56

  /// The file's bytes.
  static let bytes: [UInt8] = {
    let size = headers + UInt64(code.count)
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func append<Value: FixedWidthInteger>(_ values: Value...) {
      for value in values { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    }
    append(UInt16(2), UInt16(machine))  // ET_EXEC
    append(UInt32(1))
    append(address + headers, UInt64(64), UInt64(0))
    append(UInt32(0))
    append(UInt16(64), 56, 1, 0, 0, 0)
    append(UInt32(1), UInt32(5))  // PT_LOAD, read and execute
    append(UInt64(0), address, address, size, size, UInt64(4096))
    return bytes + code
  }()
}
