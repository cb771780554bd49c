internal import SystemPackage

extension StandardRules {
  /// What is refused for its arguments, whatever the jail's mounts are.
  static let always: [ArgumentRule] =
    sockets + initProcess
    + [
      // Characters put into a terminal's input are read by whoever reads it next, perhaps the host's shell
      // (CVE-2017-5226): TIOCSTI, and what TIOCLINUX pastes.
      // And what changes a terminal for everyone who has it: TIOCSETD, whose N_NULL leaves nothing to be read or written,
      // and TIOCCONS, which takes the console's output.
      ArgumentRule("ioctl", .argument(1, .matchesOne([0x5412, 0x541c, 0x5423, 0x541d])), errno: .notPermitted),
      // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. (CLONE_NEWTIME is among the bits of the exit
      // signal here; only unshare and clone3 take it.) And CLONE_PARENT.
      ArgumentRule("clone", .argument(0, .hasAny(0x7e02_0000 | cloneParent)), errno: .notPermitted),
      // Harmless are PER_LINUX, PER_LINUX32, UNAME26 and ADDR_NO_RANDOMIZE (which gdb sets for what it starts), and the
      // question for the present one. The others make memory executable, or map the page at zero.
      ArgumentRule(
        "personality", .argument(0, .matchesNone([BitPattern(mask: ~0x0006_0008, value: 0), 0xffff_ffff])),
        errno: .notPermitted),
    ]

  /// A further program's sibling would be a child of its supervisor, outside of the jail: whoever gets that as an orphan would
  /// have to reap it before the jail can end.
  static let whereOthersWait: [ArgumentRule] = [
    ArgumentRule("clone", .argument(0, .hasAny(cloneParent)), errno: .notPermitted)
  ]

  private static let cloneParent: UInt32 = 0x8000

  /// The jail's init has the payload's uid, and these ask for no more: by a limit of CPU time the kernel would kill it, and
  /// with it the verdict.
  private static let initProcess: [ArgumentRule] =
    ["prlimit64", "sched_setparam", "sched_setscheduler", "sched_setaffinity", "sched_setattr"].map { call in
      ArgumentRule(call, .argument(0, .matchesOne([1])), errno: .notPermitted)
    } + [
      // PRIO_PROCESS and PRIO_PGRP, IOPRIO_WHO_PROCESS and IOPRIO_WHO_PGRP: of number 1.
      ArgumentRule("setpriority", .argument(0, .matchesOne([0, 1])), .argument(1, .matchesOne([1])), errno: .notPermitted),
      ArgumentRule("ioprio_set", .argument(0, .matchesOne([1, 2])), .argument(1, .matchesOne([1])), errno: .notPermitted),
      // PRIO_USER, IOPRIO_WHO_USER: whoever has an id, and the init has the payload's.
      ArgumentRule("setpriority", .argument(0, .matchesOne([2])), errno: .notPermitted),
      ArgumentRule("ioprio_set", .argument(0, .matchesOne([3])), errno: .notPermitted),
    ]

  /// Refused as by a kernel that was built without it, so that programs do without: what else there is (AF_VSOCK, AF_ALG,
  /// AF_PACKET, AF_BLUETOOTH, AF_TIPC, …) has been a way into the kernel more than once, and AF_VSOCK into the hypervisor.
  private static let sockets: [ArgumentRule] =
    ["socket", "socketpair"].flatMap { call in
      [
        // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK.
        ArgumentRule(call, .argument(0, .matchesNone([1, 2, 10, netlink])), errno: .addressFamilyNotSupported)
      ]
    } + [
      // SOCK_PACKET, by which AF_INET means AF_PACKET; the type's upper bits are flags.
      ArgumentRule(
        "socket", .argument(0, .matchesOne([2])), .argument(1, .matchesOne([BitPattern(mask: 0xf, value: 10)])),
        errno: .addressFamilyNotSupported),
      // Of netlink only routes and addresses (NETLINK_ROUTE, 0), which getaddrinfo and getifaddrs read. libaudit and its
      // users take this errno for a kernel without auditing.
      ArgumentRule(
        "socket", .argument(0, .matchesOne([netlink])), .argument(2, .matchesNone([0])), errno: .protocolNotSupported),
    ]

  private static let netlink: BitPattern = 16

  /// What is refused where the jail writes to a directory of the host's: a set-user-ID or set-group-ID file there would run
  /// on the host with the rights of its owner. (Inside, every mount is nosuid.)
  static let whereBindsAreWritable: [ArgumentRule] =
    [
      ("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("creat", 1), ("mkdir", 1), ("mkdirat", 2), ("mknod", 1),
      ("mknodat", 2),
    ]
    .map { call, mode in ArgumentRule(call, .argument(mode, .hasAny(setID)), errno: .notPermitted) }
    // Only with O_CREAT or O_TMPFILE (its own bit, without O_DIRECTORY's) is the mode looked at.
    + [("open", 1), ("openat", 2)].map { call, flags in
      ArgumentRule(
        call, .argument(flags, .hasAny(0o100 | 0o20_000_000)), .argument(flags + 1, .hasAny(setID)), errno: .notPermitted)
    }

  /// S_ISUID and S_ISGID.
  private static let setID: UInt32 = 0o6000
}
