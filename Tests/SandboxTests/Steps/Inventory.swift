import Testing

@testable import Sandbox
@testable import SandboxPlanning

/// Everything that a program inside can find out about its jail, and what it may do there: what differs when a step of the
/// plan is missing, or stands elsewhere.
enum Inventory {
  /// Line by line `what: found`; nothing in it depends on the moment.
  static let program = """
    import ctypes, errno, os, re, resource, signal, socket, stat
    libc = ctypes.CDLL(None, use_errno=True)
    def attempt(body):
        try: return str(body() or "ok")
        except OSError as error: return errno.errorcode.get(error.errno, str(error.errno))
    def call(number, *arguments):
        if libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]) < 0:
            raise OSError(ctypes.get_errno(), "")
    def read(path): return open(path, "rb").read(4096)
    for kind in os.listdir("/proc/self/ns"): print("namespace", kind, os.readlink("/proc/self/ns/" + kind) == HOST.get(kind))
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        dash = fields.index("-")
        print("mount", fields[3], fields[4], fields[5], fields[6:dash], fields[dash + 1:])
    for line in open("/proc/self/status"):
        if re.match("Cap|NoNewPrivs|Seccomp|Sig(Pnd|Blk|Ign|Cgt)|Uid|Gid|Groups|NSpid|NSsid|NSpgid|Umask|TracerPid", line):
            print(line.strip())
    for name in dir(resource):
        if name.startswith("RLIMIT_"): print(name, resource.getrlimit(getattr(resource, name)))
    print(sorted(os.environ.items()), os.getcwd(), socket.gethostname(), libc.prctl(3, 0, 0, 0, 0), libc.prctl(27, 0, 0, 0, 0))
    for fd in sorted(os.listdir("/proc/self/fd")):
        if fd != "3": print("descriptor", fd, stat.S_IFMT(os.fstat(int(fd)).st_mode) if attempt(lambda: os.fstat(int(fd)) and None) == "ok" else None)
    for top in ("/", "/dev", "/dev/pts", "/dev/shm", "/etc", "/tmp"):
        for name in sorted(os.listdir(top)):
            status = os.lstat(os.path.join(top, name))
            print(os.path.join(top, name), oct(status.st_mode), status.st_uid, status.st_gid, status.st_rdev,
                  os.readlink(os.path.join(top, name)) if stat.S_ISLNK(status.st_mode) else "")
    for name in ("passwd", "group", "hosts", "hostname", "nsswitch.conf"): print(name, attempt(lambda: read("/etc/" + name)))
    print(read("/proc/1/cmdline"), [i[1] for i in socket.if_nameindex()], open("/proc/sys/user/max_user_namespaces").read(),
          open("/proc/sys/user/max_inotify_instances").read(), open("/proc/sys/user/max_inotify_watches").read())
    print("processes", sorted(int(p) for p in os.listdir("/proc") if p.isdigit()))
    for name in ("keys", "kallsyms", "kcore", "timer_list", "sched_debug", "acpi", "scsi", "config.gz", "kmsg", "sysrq-trigger"):
        print("proc", name, attempt(lambda: len(os.listdir("/proc/" + name) if os.path.isdir("/proc/" + name) else open("/proc/" + name, "rb").read(1))))
    for name in ("sys/kernel/core_pattern", "sysrq-trigger", "irq/default_smp_affinity", "sys/kernel/hostname"):
        print("write", name, attempt(lambda: os.close(os.open("/proc/" + name, os.O_WRONLY))))
    for path in ("/usr/x", "/etc/x", "/x", "/dev/x", "/tmp/x", "/dev/shm/x"): print("make", path, attempt(lambda: os.close(os.open(path, os.O_CREAT, 0o666))))
    print("mode", oct(os.stat("/tmp/x").st_mode) if os.path.exists("/tmp/x") else None)
    server = socket.create_server(("127.0.0.1", 0))
    print("inet", attempt(lambda: socket.create_connection(server.getsockname(), 5).close()))
    print("calls", [attempt(lambda: call(*c)) for c in ((272, 0x10000000), (165, 0, 0, 0, 0, 0), (250, 0, -3, 0), (321, 0, 0, 0), (425, 1, 0))])
    print("session", os.getsid(0) == os.getpid() == os.getpgrp(), attempt(lambda: os.kill(1, 0)), attempt(lambda: read("/proc/1/environ")),
          attempt(lambda: os.listdir("/proc/1/fd")), attempt(lambda: os.readlink("/proc/1/exe")), attempt(lambda: call(101, 0x4206, 1, 0, 0)))
    one = open("/proc/1/status").read()
    print("init", re.findall("(?m)^(?:Cap|NoNewPrivs|Seccomp|Uid|Gid|Groups|Umask).*", one), re.findall("(?m)^(?:SigPnd|ShdPnd).*", one))
    print("init limits", [attempt(lambda: resource.prlimit(1, k)) for k in (resource.RLIMIT_SIGPENDING, resource.RLIMIT_NOFILE)])
    print("keyring", attempt(lambda: re.findall("(?m)^[0-9a-f]+ .*keyring.*", open("/proc/keys").read())))
    """

  /// What a jail's program prints, without what differs between any two.
  static func taken(_ plan: Plan, of command: Sandbox.Command, _ sandbox: Sandbox, on host: Sandbox.Host) async throws -> Set<
    String
  > {
    let process = try await sandbox.spawn(command, PlanEncoder(plan), on: host, by: .own)
    let outcome = try await process.wait()
    guard outcome.isSuccess else { return ["ended: \(outcome.verdict) \(outcome.standardError)"] }
    return Set(lines(outcome.standardOutput))
  }

  static func command() throws -> Sandbox.Command {
    let kinds = ["cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children", "user", "uts"]
    let host = try kinds.map { kind in
      "\"\(kind)\": \"\(try Unjailed.run("/usr/bin/readlink", ["/proc/self/ns/\(kind)"]).output.filter { $0 != "\n" })\""
    }
    return .init("/usr/bin/python3", arguments: ["-c", "HOST = {\(host.joined(separator: ", "))}\n\(program)"])
  }
}
