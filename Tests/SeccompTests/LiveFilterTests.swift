import Foundation
import Testing

@testable import Seccomp

/// The kernel has the last word: each denial beside the same call without a filter.
@Suite("The standard filter on the live kernel", .enabled(if: getuid() == 0, "the controls need root"))
struct LiveFilterTests {
  @Test func `an ordinary call is made`() throws {
    #expect(try Probe.filtered().call("getppid") == .returned(Int(getpid())))
    #expect(try Probe.filtered().call("dup", "0") == .returned(3))
  }

  @Test func `an unknown call fails with ENOSYS, also where the kernel knows it`() throws {
    #expect(try Probe.filtered().call(number: 999) == .failed(ENOSYS))
    #expect(try Probe.filtered().call(number: 0xffff_ffff) == .failed(ENOSYS))
    // 435 is clone3: with no arguments EINVAL, unless it is hidden.
    #expect(try Probe.unfiltered.call("clone3", "0", "0") == .failed(EINVAL), "the control")
    #expect(try Probe.filtered().call("clone3", "0", "0") == .failed(ENOSYS))
  }

  @Test(arguments: [
    ["mount", "0", "=/nonexistent"], ["umount2", "=/nonexistent", "0"], ["unshare", "0"], ["setns", "-1", "0"],
    ["chroot", "=/nonexistent"], ["pivot_root", "=/nonexistent", "=/nonexistent"], ["open_tree", "-1", "=", "0"],
    ["fsopen", "=", "0"], ["keyctl", "99"], ["add_key", "0"], ["request_key", "0"], ["bpf", "99"],
    ["userfaultfd", "0xffff"], ["perf_event_open", "0"], ["io_uring_setup", "0", "0"], ["io_uring_enter", "-1"],
    ["io_uring_register", "-1"], ["init_module", "0", "0", "0"], ["kexec_load", "0", "99"], ["reboot", "0", "0", "0"],
    ["swapon", "=/nonexistent", "0"], ["quotactl", "0xffff"], ["open_by_handle_at", "-1", "0"],
    ["name_to_handle_at", "-1", "=", "0", "0", "0"], ["sethostname", "0", "-1"], ["clock_settime", "99", "0"],
    ["settimeofday", "8", "0"], ["acct", "=/nonexistent"], ["syslog", "99"], ["kcmp", "-1"], ["fanotify_init", "0xffffffff"],
  ])
  func `a denied call fails with EPERM`(call: [String]) throws {
    let arguments = [0, 1, 2, 3, 4].map { $0 + 1 < call.count ? call[$0 + 1] : "0" }
    func made(_ probe: Probe) throws -> Probe.Answer {
      try probe.call(call[0], arguments[0], arguments[1], arguments[2], arguments[3], arguments[4])
    }
    // Arguments are nonsense, so that the control does no harm: the kernel gets as far as saying so.
    #expect(try made(.unfiltered) != .failed(EPERM), "the control, which needs root")
    #expect(try made(.filtered()) == .failed(EPERM))
  }

  #if arch(x86_64)
    @Test func `a call by another interface ends the process`() throws {
      // getpid's number on i386, and x32's.
      let i386 = try Probe.unfiltered.call32(number: 20)
      #expect(i386 != .killed(signal: SIGSYS), "the control: the kernel may lack i386, but does not call that SIGSYS")
      #expect(try Probe.filtered().call32(number: 20) == .killed(signal: SIGSYS))
      let x32 = try Probe.unfiltered.call(number: 0x4000_0000 | 39)
      #expect(x32 != .killed(signal: SIGSYS), "the control")
      #expect(try Probe.filtered().call(number: 0x4000_0000 | 39) == .killed(signal: SIGSYS))
    }
  #endif

  @Test(arguments: ["", "0xdeadbeef"])
  func `nothing is put into a terminal's input`(high: String) throws {
    let upper = high.isEmpty ? "0x" : high
    #expect(
      try Probe.unfiltered.call("ioctl", "terminal", "\(upper)00005412", "=x") == .returned(0), "the control, which needs root")
    #expect(try Probe.filtered().call("ioctl", "terminal", "\(upper)00005412", "=x") == .failed(EPERM))
    #expect(
      try Probe.unfiltered.call("ioctl", "terminal", "\(upper)0000541c", "=\u{63}") == .failed(ENOTTY), "the control: no console")
    #expect(try Probe.filtered().call("ioctl", "terminal", "\(upper)0000541c", "=\u{63}") == .failed(EPERM))
    // FIONREAD, an ordinary one.
    #expect(try Probe.filtered().call("ioctl", "terminal", "\(upper)0000541b", "=........") == .returned(0))
  }

  @Test(arguments: ["0x", "0xdeadbeef"])
  func `a namespace is not made by clone, whatever the upper half says`(high: String) throws {
    // CLONE_NEWUTS with a thread's CLONE_SIGHAND but without its CLONE_VM, so that the control fails before it makes a process.
    let flags = "\(high)04000800"
    #expect(try Probe.unfiltered.call("clone", flags, "0", "0", "0", "0") == .failed(EINVAL), "the control")
    #expect(try Probe.filtered().call("clone", flags, "0", "0", "0", "0") == .failed(EPERM))
    #expect(
      try Probe.filtered().call("clone", "\(high)00000800", "0", "0", "0", "0") == .failed(EINVAL), "no namespace is asked for")
  }

  @Test(arguments: ["0x", "0xdeadbeef"])
  func `a socket is of a family that programs need`(high: String) throws {
    for family in ["00000001", "00000002", "0000000a"] {
      #expect(try Probe.filtered().call("socket", high + family, "1", "0") == .returned(3))
    }
    #expect(try Probe.filtered().call("socket", high + "00000010", "3", "0") == .returned(3), "NETLINK_ROUTE")
    #expect(
      try Probe.unfiltered.call("socket", high + "00000010", "3", "15") == .returned(3), "the control: NETLINK_KOBJECT_UEVENT")
    #expect(try Probe.filtered().call("socket", high + "00000010", "3", "15") == .failed(EPROTONOSUPPORT))
    // A type that no family has: who gets as far as its family answers otherwise.
    for family in ["00000011", "00000026", "00000028", "0000000f"] {
      #expect(try Probe.filtered().call("socket", high + family, "3", "0") == .failed(EAFNOSUPPORT))
    }
    #expect(
      try Probe.unfiltered.call("socket", high + "00000011", "3", "0") == .returned(3), "the control: AF_PACKET, which needs root"
    )
    #expect(try Probe.filtered().call("socket", "2", high + "0000000a", "0") == .failed(EAFNOSUPPORT), "SOCK_PACKET")
    #expect(try Probe.unfiltered.call("socket", "2", high + "0000000a", "0") == .returned(3), "the control, which needs root")
    #expect(try Probe.filtered().call("socketpair", high + "00000001", "1", "0", "=........") == .returned(0))
    #expect(try Probe.filtered().call("socketpair", high + "0000001e", "1", "0", "=........") == .failed(EAFNOSUPPORT))
  }

  @Test func `a personality is a harmless one`() throws {
    #expect(try Probe.filtered().call("personality", "0xffffffff") == .returned(0))
    #expect(try Probe.filtered().call("personality", "0x40000") == .returned(0), "ADDR_NO_RANDOMIZE")
    #expect(try Probe.unfiltered.call("personality", "0x400000") == .returned(0), "the control: READ_IMPLIES_EXEC")
    #expect(try Probe.filtered().call("personality", "0x400000") == .failed(EPERM))
    #expect(try Probe.filtered().call("personality", "0xdeadbeef00400000") == .failed(EPERM))
  }
}
