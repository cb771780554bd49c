import Glibc
import Sandbox
import Testing

@Suite("What /proc tells about the host") struct ProcTests {
  /// Absent here and there; where it is, it must say nothing.
  @Test(arguments: [
    "keys", "key-users", "kallsyms", "kmsg", "timer_list", "config.gz", "kcore", "slabinfo", "vmallocinfo", "zoneinfo", "iomem",
    "ioports", "modules", "sched_debug", "pagetypeinfo", "kpageflags", "interrupts",
  ])
  func `a masked file is empty`(_ name: String) async throws {
    let read = Jailed.attempt + "print(attempt(lambda: print(len(open('/proc/\(name)', 'rb').read(64)))))"
    let host = access("/proc/\(name)", F_OK) == 0
    #expect(try await Jailed.python(read) == (host ? "0\nok\n" : "ENOENT\n"))
  }

  @Test func `the control: without masks a jail reads what is masked`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [.bind("/proc/kallsyms", at: "/seen"), .bind("/proc/interrupts", at: "/seen-too")]
    for (path, least) in [("/seen", 1000), ("/seen-too", 50)] {
      let outcome = try await sandbox.run("/usr/bin/wc", arguments: ["-c", path])
      #expect(Int(outcome.standardOutput.split(separator: " ").first ?? "0")! > least)
    }
  }

  @Test(arguments: [
    "sysrq-trigger", "sys/kernel/core_pattern", "sys/kernel/hostname", "sys/vm/drop_caches", "irq/default_smp_affinity",
  ])
  func `nothing of it can be written`(_ name: String) async throws {
    var unfiltered = Sandbox()
    unfiltered.filter = .off(because: "the test looks at the mounts alone")
    let write = Jailed.attempt + "print(attempt(lambda: os.open('/proc/\(name)', os.O_WRONLY)))"
    let answers = access("/proc/\(name)", F_OK) == 0 ? ["EROFS\n", "EACCES\n", "EPERM\n"] : ["ENOENT\n"]
    #expect(answers.contains(try await Jailed.python(write, in: unfiltered)))
  }

  @Test func `the init cannot be looked into`() async throws {
    let look =
      Jailed.attempt + """
        for name in ["environ", "mem", "maps", "exe", "root", "cwd", "fd"]:
            path = f"/proc/1/{name}"
            act = (lambda: os.readlink(path)) if name in ("exe", "root", "cwd") else (lambda: os.listdir(path)) if name == "fd" else (lambda: open(path, "rb").read(1))
            print(name, attempt(act))
        """
    let answers = lines(try await Jailed.python(look))
    #expect(answers.count == 7)
    #expect(answers.allSatisfy { $0.hasSuffix(" EACCES") || $0.hasSuffix(" EPERM") }, "\(answers)")
    let own = Jailed.attempt + "print(attempt(lambda: open('/proc/self/environ', 'rb').read(1)))"
    #expect(try await Jailed.python(own) == "ok\n", "the control: its own can be read")
  }

  @Test func `sys is not there`() async throws {
    #expect(try await Jailed.shell("ls /sys 2>/dev/null | wc -l") == "0\n")
  }
}
