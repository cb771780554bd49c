import Glibc
import Sandbox
import Testing

/// Programs that people run, inside the box, to the right result.
@Suite("Real programs") struct RealProgramTests {
  @Test func `python with threads, subprocesses, multiprocessing, temporary files and ssl`() async throws {
    let result = try await Jailed.python(
      """
      import concurrent.futures, hashlib, multiprocessing, ssl, subprocess, tempfile, threading
      total = []
      threads = [threading.Thread(target=lambda n=n: total.append(n)) for n in range(20)]
      [t.start() for t in threads]; [t.join() for t in threads]
      print(sum(total))
      print(subprocess.run(["tr", "a-z", "A-Z"], input="piped", capture_output=True, text=True).stdout)
      with multiprocessing.Pool(3) as pool:
          print(pool.map(abs, [-1, -2, -3]))
      with tempfile.NamedTemporaryFile() as file:
          file.write(b"kept"); file.flush()
          print(open(file.name).read())
      print(len(ssl.create_default_context().get_ca_certs()) > 0, ssl.RAND_bytes(4) != ssl.RAND_bytes(4))
      """)
    #expect(result == "190\nPIPED\n[1, 2, 3]\nkept\nTrue True\n")
  }

  @Test(.requires(.gcc)) func `gcc compiles a program, which runs`() async throws {
    let result = try await Jailed.shell(
      #"printf '#include <stdio.h>\nint main(void) { printf("%%d\\n", 6 * 7); return 0; }\n' > a.c && gcc -O2 -o a a.c && ./a"#)
    #expect(result == "42\n")
  }

  @Test func `bash with pipelines, subshells and process substitution`() async throws {
    let result = try await Jailed.shell(
      "seq 1000 | grep 7 | wc -l; (cd / && pwd); diff <(echo a) <(echo a) && echo same; echo done > /dev/stderr; wait")
    #expect(result == "271\n/\nsame\n")
  }

  @Test func `perl`() async throws {
    let outcome = try await Sandbox().run(
      "/usr/bin/perl",
      arguments: [
        "-e",
        "my $pid = fork; if (!$pid) { exit 3 } waitpid $pid, 0; print $? >> 8, \"\\n\"; print join(',', map { $_ ** 2 } 1..4)",
      ])
    #expect(outcome.standardOutput == "3\n1,4,9,16")
    #expect(outcome.isSuccess)
  }

  @Test(.requires(.git), .requires(.idmappedMounts)) func `git works on a repository that is bound to be written`() async throws {
    let directory = try TemporaryDirectory()
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/work", access: .readWrite))
    sandbox.filesystem.workingDirectory = "/work"
    let log = try await Jailed.shell(
      """
      git init -q . && git config user.email a@b && git config user.name A && echo text > file && git add file \
        && git commit -qm "First" && git log --format=%s && git status --short | wc -l
      """, in: sandbox)
    #expect(log == "First\n0\n")
    var status = stat()
    #expect(stat("\(directory.path)/file", &status) == 0, "the host sees it")
    #expect(status.st_uid == geteuid(), "and it belongs to whom the directory belongs")
  }

  @Test(.requires(.swift)) func `a Swift program of this package`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .bind(SwiftPayload.path, at: "/payload"), .bind(try #require(SwiftPayload.libraries), at: "/swift"),
    ]
    let command = Sandbox.Command("/payload", environment: .standard.adding(["LD_LIBRARY_PATH": "/swift"]))
    let outcome = try await sandbox.run(command)
    #expect(outcome.standardOutput == "5050\n", "\(outcome.standardError)")
  }

  @Test(.requires(.root), .requires(.idmappedMounts)) func `a bind to be written maps its owner, whoever that is`() async throws {
    let directory = try TemporaryDirectory()
    #expect(chown(directory.path, 33, 33) == 0 && chmod(directory.path, 0o777) == 0)
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind(directory.path, at: "/work", access: .readWrite))
    #expect(try await Jailed.shell("echo x > /work/new; stat -c %u:%g /work /work/new", in: sandbox) == "1000:1000\n1000:1000\n")
    var status = stat()
    #expect(stat("\(directory.path)/new", &status) == 0)
    #expect(status.st_uid == 33 && status.st_gid == 33)
    sandbox.filesystem.mounts[4] = .bind(directory.path, at: "/work")
    let outcome = try await sandbox.run("/bin/sh", arguments: ["-c", "echo x > /work/more"])
    #expect(outcome.standardError.contains("Read-only file system"))
  }

  @Test(.requires(.user)) func `a bind to be written that belongs to another is an error that says whose it is`() async throws {
    var sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.bind("/usr/share", at: "/work", access: .readWrite))
    let error = await #expect(throws: Sandbox.Error.self) { try await sandbox.run("/bin/true") }
    #expect(error?.kind == .invalid)
    #expect(error?.description.hasPrefix("filesystem.mounts[4].source: \"/usr/share\" belongs to uid 0") == true)
    #expect(error?.description.contains("chown") == true)
  }
}
