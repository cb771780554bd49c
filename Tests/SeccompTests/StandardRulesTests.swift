import SystemPackage
import Testing

@testable import Seccomp

@Suite("The standard rules")
struct StandardRulesTests {
  @Test func `every call of the table stands in exactly one list`() {
    let lists = [
      StandardRules.allowed.map { ($0.group, calls: $0.calls) }, StandardRules.denied.map { ($0.reason, calls: $0.calls) },
      StandardRules.missing.map { ($0.reason, calls: $0.calls) },
    ]
    let names = lists.flatMap { StandardRules.names($0) }
    #expect(names.sorted() == SystemCall.table.map(\.name).sorted())
  }

  @Test func `every rule about arguments is about an allowed call`() {
    let allowed = Set(StandardRules.names(StandardRules.allowed))
    for rule in StandardRules.always + StandardRules.whereBindsAreWritable {
      #expect(allowed.contains(rule.call), "\(rule.call)")
    }
  }

  @Test(arguments: Architecture.allCases)
  func `an ordinary program's calls are allowed`(architecture: Architecture) throws {
    let names = """
      read write openat close mmap munmap mprotect brk execve clone wait4 exit_group futex rt_sigaction rt_sigreturn
      restart_syscall ioctl connect bind getrandom clock_gettime ptrace prctl seccomp pidfd_open memfd_create
      rseq set_robust_list membarrier statx close_range landlock_restrict_self openat2
      """
    for name in names.split(whereSeparator: \.isWhitespace) {
      #expect(try action(String(name), on: architecture) == .allow, "\(name)")
    }
  }

  @Test(arguments: Architecture.allCases)
  func `what administers a machine is denied`(architecture: Architecture) throws {
    let names = """
      mount umount2 pivot_root chroot unshare setns init_module finit_module kexec_load kexec_file_load reboot swapon acct
      quotactl settimeofday clock_settime sethostname open_by_handle_at name_to_handle_at add_key request_key keyctl bpf
      userfaultfd perf_event_open io_uring_setup io_uring_enter io_uring_register fanotify_init syslog kcmp move_mount
      fsopen open_tree mount_setattr open_tree_attr
      """
    for name in names.split(whereSeparator: \.isWhitespace) {
      #expect(try action(String(name), on: architecture) == .fail(.notPermitted), "\(name)")
    }
  }

  @Test(arguments: Architecture.allCases)
  func `what a filter cannot see is missing: clone3, and where binds are writable openat2`(architecture: Architecture) throws {
    #expect(try action("clone3", on: architecture) == .fail(.noFunction))
    #expect(try action("openat2", on: architecture) == .allow)
    #expect(try action("openat2", on: architecture, writableBinds: true) == .fail(.noFunction))
  }

  @Test(arguments: Architecture.allCases)
  func `unknown numbers fail with ENOSYS, other interfaces kill`(architecture: Architecture) {
    let rules = FilterRules.standard(on: architecture, writableBinds: false)
    #expect(rules.action(for: SystemCallData(470, on: architecture)) == .fail(.noFunction))
    #expect(rules.action(for: SystemCallData(.max, on: architecture)) == .fail(.noFunction))
    #expect(rules.action(for: SystemCallData(1, architecture: 0x4000_0003)) == .killProcess, "i386")
    let other: Architecture = architecture == .x86_64 ? .aarch64 : .x86_64
    #expect(rules.action(for: SystemCallData(1, on: other)) == .killProcess)
    #expect(
      rules.action(for: SystemCallData(0x4000_0001, on: architecture))
        == (architecture == .x86_64 ? .killProcess : .fail(.noFunction)), "x32")
  }

  static let high: UInt64 = 0xdead_beef << 32

  @Test(arguments: Architecture.allCases, [0, high])
  func `arguments are read as the kernel reads them`(architecture: Architecture, high: UInt64) throws {
    func says(_ name: String, _ arguments: [UInt64]) throws -> FilterAction {
      try action(name, arguments.map { $0 | high }, on: architecture, writableBinds: true)
    }
    #expect(try says("ioctl", [0, 0x5412]) == .fail(.notPermitted), "TIOCSTI")
    #expect(try says("ioctl", [0, 0x541c]) == .fail(.notPermitted), "TIOCLINUX")
    #expect(try says("ioctl", [0, 0x5423]) == .fail(.notPermitted), "TIOCSETD")
    #expect(try says("ioctl", [0, 0x541d]) == .fail(.notPermitted), "TIOCCONS")
    #expect(try says("ioctl", [0, 0x5424]) == .allow, "TIOCGETD")
    #expect(try says("ioctl", [0, 0x5413]) == .allow, "TIOCGWINSZ")
    for flag in [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000] as [UInt64] {
      #expect(try says("clone", [flag | 17]) == .fail(.notPermitted), "CLONE_NEW*")
    }
    #expect(try says("clone", [0x8000 | 17]) == .fail(.notPermitted), "CLONE_PARENT")
    #expect(try says("clone", [0x4100 | 17]) == .allow, "vfork")
    #expect(try says("clone", [0x003d_0f00]) == .allow, "a thread")
    for family in [1, 2, 10, 16] as [UInt64] { #expect(try says("socket", [family, 1, 0]) == .allow) }
    for family in [0, 3, 4, 9, 17, 31, 38, 40, 44, 46] as [UInt64] {
      #expect(try says("socket", [family, 1, 0]) == .fail(.addressFamilyNotSupported), "AF_\(family)")
      #expect(try says("socketpair", [family, 1, 0]) == .fail(.addressFamilyNotSupported), "AF_\(family)")
    }
    #expect(try says("socket", [2, 10, 0]) == .fail(.addressFamilyNotSupported), "SOCK_PACKET")
    #expect(try says("socket", [2, 0o2000000 | 10, 0]) == .fail(.addressFamilyNotSupported), "SOCK_PACKET, close-on-exec")
    #expect(try says("socket", [16, 3, 0]) == .allow, "NETLINK_ROUTE")
    for netlink in [4, 9, 12, 15, 16] as [UInt64] {
      #expect(try says("socket", [16, 3, netlink]) == .fail(.protocolNotSupported))
    }
    for persona in [0, 8, 0x2_0000, 0x2_0008, 0x4_0000, 0xffff_ffff] as [UInt64] {
      #expect(try says("personality", [persona]) == .allow)
    }
    for persona in [0x40_0000, 0x10_0000, 1, 0x20_0000, 0xffff_fffe] as [UInt64] {
      #expect(try says("personality", [persona]) == .fail(.notPermitted))
    }
  }

  @Test(arguments: [false, true])
  func `set-user-ID bits are refused where binds are writable, and only there`(writableBinds: Bool) throws {
    let refused: FilterAction = writableBinds ? .fail(.notPermitted) : .allow
    let calls: [(String, [UInt64])] = [
      ("chmod", [0, 0o4755]), ("fchmod", [0, 0o2755]), ("fchmodat", [0, 0, 0o4755]), ("fchmodat2", [0, 0, 0o6755, 0]),
      ("creat", [0, 0o4755]), ("mkdir", [0, 0o2755]), ("mkdirat", [0, 0, 0o2755]), ("mknod", [0, 0o104755]),
      ("mknodat", [0, 0, 0o104755]), ("open", [0, 0o101, 0o4755]), ("openat", [0, 0, 0o101, 0o2755]),
      ("openat", [0, 0, 0o20200001, 0o4755]),
    ]
    for (name, arguments) in calls {
      #expect(try action(name, arguments, on: .x86_64, writableBinds: writableBinds) == refused, "\(name)")
      #expect(try action(name, arguments.map { $0 & ~0o6000 }, on: .x86_64, writableBinds: writableBinds) == .allow, "\(name)")
    }
    // The third argument of an open that makes nothing is whatever lay in the register.
    #expect(try action("openat", [0, 0, 0o2, 0o4755], on: .x86_64, writableBinds: writableBinds) == .allow)
    #expect(try action("fchmodat", [0, 0, 0o4755], on: .aarch64, writableBinds: writableBinds) == refused)
  }

  private func action(
    _ name: String, _ arguments: [UInt64] = [], on architecture: Architecture, writableBinds: Bool = false
  ) throws -> FilterAction {
    let number = try #require(SystemCall(named: name)?.number(on: architecture))
    return FilterRules.standard(on: architecture, writableBinds: writableBinds).action(
      for: SystemCallData(number, arguments, on: architecture))
  }
}
