import Glibc
import Sandbox
import Testing

@Suite("The root") struct RootTests {
  @Test func `only what is named is there`() async throws {
    let names = Set(lines(try await Jailed.shell("ls /")))
    #expect(names.isSuperset(of: ["usr", "bin", "sbin", "lib", "etc", "proc", "dev", "tmp"]))
    #expect(names.subtracting(["lib32", "lib64", "libx32"]) == ["usr", "bin", "sbin", "lib", "etc", "proc", "dev", "tmp"])
    for missing in ["/home", "/root", "/var", "/run", "/sys", "/etc/shadow", "/etc/ssh"] {
      let there = try await Jailed.python("import os; print(os.path.lexists('\(missing)'))")
      #expect(there == "False\n", "\(missing)")
    }
    #expect(access("/var", F_OK) == 0, "the control: the host has them")
  }

  @Test(arguments: ["/usr/new", "/etc/new", "/new", "/bin/new", "/proc/sys/kernel/core_pattern", "/dev/new"])
  func `the system is read-only`(_ path: String) async throws {
    let write = Jailed.attempt + "print(attempt(lambda: open('\(path)', 'w').write('x')))"
    #expect(["EROFS\n", "EACCES\n"].contains(try await Jailed.python(write)))
    let control = Jailed.attempt + "print(attempt(lambda: open('/tmp/new', 'w').write('x')))"
    #expect(try await Jailed.python(control) == "ok\n", "the control: its own /tmp can be written")
  }

  @Test func `every mount of the host's is read-only and without set-user-ID`() async throws {
    for line in lines(try await Jailed.shell("cat /proc/self/mountinfo")) {
      let fields = line.split(separator: " ")
      let (target, options) = (fields[4], Set(fields[5].split(separator: ",")))
      guard target.hasPrefix("/usr") || target.hasPrefix("/etc") || target.hasPrefix("/lib") else { continue }
      #expect(options.isSuperset(of: ["ro", "nosuid", "nodev"]), "\(line)")
    }
  }

  @Test func `tmp is private and bounded in bytes`() async throws {
    let outcome = try await Sandbox().run(
      "/bin/bash", arguments: ["-c", "head -c 255M /dev/zero > /tmp/a && echo fits; head -c 2M /dev/zero > /tmp/b || echo full"])
    #expect(outcome.standardOutput == "fits\nfull\n")
    #expect(outcome.standardError.contains("No space left on device"))
    #expect(try await Jailed.shell("ls /tmp") == "", "and gone with the jail")
  }

  @Test func `tmp is bounded in files`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts[3] = .tmpfs(at: "/tmp", size: .mebibytes(64), inodes: 100)
    let made = try await Jailed.python(
      """
      made = 0
      try:
          while True:
              open(f"/tmp/{made}", "w").close()
              made += 1
      except OSError as error:
          print(error.errno, 90 <= made <= 100)
      """, in: sandbox)
    #expect(made == "28 True\n")
  }

  @Test func `accounts and names are synthetic`() async throws {
    let accounts = try await Jailed.shell("cut -d: -f1 /etc/passwd; id -un; id -gn; id -G; getent hosts localhost | wc -l")
    #expect(
      accounts == "root\nsandbox\nnobody\nsandbox\nsandbox\n"
        + (geteuid() == 0 ? "1000" : try await Jailed.shell("id -G").trimmed) + "\n1\n")
  }

  @Test func `devices are the harmless ones`() async throws {
    let devices = Set(lines(try await Jailed.shell("ls /dev")))
    #expect(
      devices == [
        "null", "zero", "full", "random", "urandom", "tty", "pts", "shm", "fd", "stdin", "stdout", "stderr", "ptmx",
      ])
    #expect(
      try await Jailed.shell(
        "head -c 4 /dev/zero | od -An -tx1; echo x > /dev/null; head -c 8 /dev/urandom | wc -c; echo > /dev/full || true; echo seen > /dev/shm/x; cat /dev/shm/x"
      ) == " 00 00 00 00\n8\nseen\n")
    let node = Jailed.attempt + "print(attempt(lambda: os.mknod('/tmp/null', 0o20666, os.makedev(1, 3))))"
    #expect(try await Jailed.python(node) == "EPERM\n")
  }

  @Test func `an empty root lists as empty`() async throws {
    let program = try StaticProgram.lister()
    var sandbox = Sandbox()
    sandbox.filesystem = .empty
    sandbox.filesystem.mounts = [.bind(program.path, at: "/list")]
    #expect(try await sandbox.run("/list").standardOutput == "list\n")
  }

  @Test func `a mount can be injected, linked and made`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .file(at: "/data/greeting", text: "hello\n"), .symlink(at: "/data/link", to: "greeting"), .directory(at: "/empty"),
      .tmpfs(at: "/scratch", size: .mebibytes(1)),
    ]
    #expect(try await Jailed.shell("cat /data/link; ls /empty; echo x > /scratch/x; cat /scratch/x", in: sandbox) == "hello\nx\n")
  }
}

extension String {
  var trimmed: String { split(whereSeparator: \.isNewline).joined() }
}

/// A program without libraries, compiled for a test.
struct StaticProgram {
  let directory: TemporaryDirectory
  let path: String

  init(_ source: String) throws {
    directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let file = try directory.file("program.c", source)
    path = "\(directory.path)/program"
    let result = try Unjailed.run("/usr/bin/gcc", ["-static", "-O1", "-o", path, file])
    guard result.status == 0 else { throw Unjailed.Failure(errno: result.status) }
  }

  /// Lists the root directory.
  static func lister() throws -> StaticProgram {
    try StaticProgram(
      """
      #include <dirent.h>
      #include <stdio.h>
      int main(void) {
        DIR *root = opendir("/");
        if (!root) return 1;
        for (struct dirent *e; (e = readdir(root));) if (e->d_name[0] != '.') puts(e->d_name);
        return 0;
      }
      """)
  }
}
