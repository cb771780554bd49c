import Foundation
import Testing

@testable import Seccomp

@Suite("The init's filter on the live kernel")
struct LiveInitFilterTests {
  @Test func `what the init calls is made`() throws {
    let probe = try Probe(filters: Probe.initProcess().filters.map(Self.withWrite))
    #expect(try probe.call("clock_gettime", "1", "=................") == .returned(0))
    #expect(try probe.call("sendmsg", "-1", "0", "0") == .failed(EBADF))
    #expect(try probe.call("close", "0") == .returned(0))
    #expect(try probe.call("close_range", "3", "0xffffffff", "0") == .returned(0))
    #expect(try probe.call("signalfd4", "-1", "=........", "8", "0") == .returned(3))
    #expect(try probe.call("ppoll", "0", "0", "=\u{1}", "0", "8") != .killed(signal: SIGSYS))
    #expect(try probe.call("read", "-1", "0", "0") == .failed(EBADF))
    #expect(try probe.call("waitid", "0", "0", "0", "4", "0") == .failed(ECHILD))
    #expect(try probe.call("kill", "0x7fffffff", "0") == .failed(ESRCH))
    #expect(try probe.call("getrusage", "99", "0") == .failed(EINVAL))
    #expect(try probe.call("exit_group", "3") == .exited(status: 3, output: ""))
  }

  @Test(arguments: ["getpid", "openat", "execve", "ptrace", "mmap", "clone", "socket", "rt_sigreturn", "prctl", "unshare"])
  func `anything else ends it`(call: String) throws {
    #expect(try Probe(filters: Probe.initProcess().filters.map(Self.withWrite)).call(call) == .killed(signal: SIGSYS))
  }

  @Test func `an unknown call ends it as well`() throws {
    #expect(try Probe.initProcess().call(number: 999) == .killed(signal: SIGSYS))
    #expect(try Probe.unfiltered.call(number: 999) == .failed(ENOSYS), "the control")
  }

  /// The probe has to tell its answer, by write(2); the init does not.
  private static func withWrite(_ words: [UInt64]) -> [UInt64] {
    let write = SystemCall(named: "write")!.number(on: .current)!
    let code = BPFInstruction.Code.self
    return [
      BPFInstruction(code.loadWord, 0).word, BPFInstruction(code.jumpIfEqual, write, jumpTrue: 0, jumpFalse: 1).word,
      BPFInstruction(code.returnConstant, FilterAction.allow.returnValue).word,
    ] + words
  }
}
