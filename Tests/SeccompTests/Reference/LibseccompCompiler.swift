import CLibseccomp
import CSyscalls
import SandboxKernel
import SystemPackage

@testable import Seccomp

/// A filter that libseccomp is making: its `scmp_filter_ctx`. (A class, since a noncopyable structure with a deinit cannot
/// yet throw halfway through its init.)
final class LibseccompCompiler {
  private let context: UnsafeMutableRawPointer
  private let standard: FilterAction
  private let isForeign: Bool

  /// - Parameter standard: the action for calls without a rule.
  init(_ architecture: Architecture, standard: FilterAction) throws(LibseccompError) {
    guard let context = seccomp_init(standard.libseccomp) else { throw LibseccompError("seccomp_init", "\(standard)", nil) }
    self.context = context
    self.standard = standard
    self.isForeign = architecture != .current
    if isForeign {
      try Self.check(
        seccomp_arch_remove(context, Architecture.current.libseccomp), "seccomp_arch_remove", "\(Architecture.current)")
      try Self.check(seccomp_arch_add(context, architecture.libseccomp), "seccomp_arch_add", "\(architecture)")
    }
    // For i386, and for x32, which libseccomp tells from x86_64 by its numbers.
    try Self.check(
      seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, FilterAction.killProcess.libseccomp), "seccomp_attr_set", "ACT_BADARCH")
    // A binary tree instead of a list: with libseccomp 2.5.4 a call runs through 28 instructions of the standard filter's
    // two programs on average instead of 219, though they are longer by a tenth (594 and 471, instead of 590 and 377).
    try Self.check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "seccomp_attr_set", "CTL_OPTIMIZE")
  }

  deinit { seccomp_release(context) }

  /// A rule for a call, where each of the arguments named matches its pattern.
  ///
  /// - Parameter number: the call's number on the filter's architecture.
  func add(
    _ action: FilterAction, _ call: SystemCall, number: UInt32, where arguments: [(index: Int, pattern: BitPattern)] = []
  ) throws(LibseccompError) {
    // libseccomp refuses a rule that says what it would say anyway.
    guard action != standard else { return }
    let comparisons = arguments.map { index, pattern in
      scmp_arg_cmp(arg: UInt32(index), op: SCMP_CMP_MASKED_EQ, datum_a: UInt64(pattern.mask), datum_b: UInt64(pattern.value))
    }
    let given = isForeign ? Self.nativeNumber(of: call) : CInt(number)
    let result = seccomp_rule_add_exact_array(context, action.libseccomp, given, UInt32(comparisons.count), comparisons)
    try Self.check(result, "seccomp_rule_add_exact_array", "\(call)")
  }

  /// The finished program.
  func program() throws(LibseccompError) -> BPFProgram {
    do {
      // A memfd, since before libseccomp 2.6 there is no export to memory, and a pipe may be smaller than the program.
      let file = OwnedDescriptor(
        owning: CInt(try SandboxKernel.check(csys_memfd_create("filter", UInt32(CSYS_MFD_CLOEXEC)), "memfd_create", "\"filter\""))
      )
      try Self.check(seccomp_export_bpf(context, file.number), "seccomp_export_bpf", "")
      var words = [UInt64](repeating: 0, count: BPFProgram.mostInstructions + 1)
      let size = words.count * MemoryLayout<UInt64>.size
      let read = try SandboxKernel.check(csys_pread64(file.number, &words, size, 0), "pread64", "\(size) bytes")
      guard read % MemoryLayout<UInt64>.size == 0 else { throw LibseccompError("seccomp_export_bpf", "\(read) bytes", nil) }
      return try BPFProgram(words: Array(words.prefix(read / MemoryLayout<UInt64>.size)))
    } catch let error as LibseccompError {
      throw error
    } catch let error as BPFError {
      throw LibseccompError("seccomp_export_bpf", "\(error)", nil)
    } catch let error as SystemCallError {
      throw LibseccompError(error.call, error.arguments, error.errno)
    } catch {
      preconditionFailure("no other error is thrown here")
    }
  }

  /// Whether a rule can be added: libseccomp takes those for another architecture by its own table of names, and its table
  /// may be older than ours. (For the processor's own it takes any number.)
  static func takes(_ call: SystemCall, for architecture: Architecture) -> Bool {
    architecture == .current || nativeNumber(of: call) != -1
  }

  /// The number by which libseccomp wants to be told of a call: the running processor's, or one of its own.
  private static func nativeNumber(of call: SystemCall) -> CInt { seccomp_syscall_resolve_name(call.name) }

  private static func check(_ result: CInt, _ call: String, _ arguments: String) throws(LibseccompError) {
    guard result < 0 else { return }
    throw LibseccompError(call, arguments, Errno(rawValue: -result))
  }
}

extension FilterAction {
  fileprivate var libseccomp: UInt32 {
    switch self {
    case .allow: UInt32(SCMP_ACT_ALLOW)
    case .fail(let errno): libseccomp_action_errno(UInt16(errno.rawValue))
    case .killProcess: UInt32(SCMP_ACT_KILL_PROCESS)
    }
  }
}

extension Architecture {
  fileprivate var libseccomp: UInt32 {
    switch self {
    case .x86_64: libseccomp_x86_64
    case .aarch64: libseccomp_aarch64
    }
  }
}
