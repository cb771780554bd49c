import Foundation
import Testing

@testable import Seccomp

/// Programs that people run, under the strictest form of the filter. (On a host that lacks one of them its test is skipped.)
@Suite("Ordinary programs under the standard filter")
struct ProgramTests {
  private func output(_ program: String, _ arguments: String...) throws -> String {
    let probe = try Probe.filtered(writableBinds: true)
    let answer = try probe.run(
      "/bin/sh", "-c", #"exec "$0" "$@""#, program, arguments[0], arguments.count > 1 ? arguments[1] : "")
    guard case .exited(0, let text) = answer else { return "\(answer)" }
    return text
  }

  private static func has(_ program: String) -> Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)") }

  @Test(.enabled(if: has("python3"), "no python3"))
  func `python: threads, processes, temporary files, sockets, tls`() throws {
    let script = """
      import threading, subprocess, tempfile, socket, ssl, os, multiprocessing, select
      results = []
      t = threading.Thread(target=lambda: results.append('thread')); t.start(); t.join()
      results.append(subprocess.run(['/bin/echo', 'child'], capture_output=True, text=True).stdout.strip())
      with tempfile.TemporaryDirectory() as d:
          open(os.path.join(d, 'f'), 'w').write('x'); results.append(str(len(os.listdir(d))))
      a, b = socket.socketpair(); a.send(b'pair'); results.append(b.recv(9).decode())
      socket.getaddrinfo('127.0.0.1', 80); ssl.create_default_context(); socket.if_nameindex()
      c = multiprocessing.get_context('fork'); q = c.Queue(); p = c.Process(target=q.put, args=('process',)); p.start()
      results.append(q.get()); p.join()
      print(' '.join(results))
      """
    #expect(try output("/usr/bin/python3", "-c", script) == "thread child 1 pair process\n")
  }

  @Test func `bash: jobs are stopped, continued and ended`() throws {
    let script = "set -m; sleep 5 & kill -STOP %1; kill -CONT %1; kill %1; wait %1; echo ended with $?"
    let text = try output("/bin/bash", "-c", script)
    #expect(text.contains("ended with 143\n"), "\(text)")
  }

  @Test(.enabled(if: has("perl"), "no perl"))
  func `perl: a pipe from a child`() throws {
    #expect(
      try output("/usr/bin/perl", "-e", "open(my $p, '-|', 'echo', 'six'); print <$p>; print fork() ? wait() > 0 : exit")
        == "six\n1")
  }

  @Test(.enabled(if: has("gcc"), "no gcc"))
  func `gcc: a program is compiled, linked and run`() throws {
    let script =
      "d=$(mktemp -d) && cd $d && "
      + "echo 'int puts(const char*); int main(){return !puts(\"made\");}' > a.c && gcc a.c && ./a.out; rm -r $d"
    #expect(try output("/bin/sh", "-c", script) == "made\n")
  }

  @Test(.enabled(if: has("git"), "no git"))
  func `git: a repository and a commit`() throws {
    let script =
      "d=$(mktemp -d) && cd $d && git init -q && "
      + "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first && git log --format=%s; rm -rf $d"
    #expect(try output("/bin/sh", "-c", script) == "first\n")
  }

  @Test(.enabled(if: has("strace"), "no strace"))
  func `strace: a program is traced`() throws {
    #expect(try output("/bin/sh", "-c", "strace -f -e trace=execve /bin/true").contains("+++ exited with 0 +++"))
  }

  @Test(.enabled(if: has("gdb"), "no gdb"))
  func `gdb: a program is started, without randomised addresses`() throws {
    let text = try output("/bin/sh", "-c", "gdb -nx -batch -ex run -ex 'info inferiors' --args /bin/true")
    #expect(text.contains("exited normally"), "\(text)")
    #expect(!text.contains("Error disabling address space randomization"), "\(text)")
  }

  @Test(.enabled(if: has("java"), "no java"))
  func `java: the virtual machine starts`() throws {
    #expect(try output("/usr/bin/java", "-version").lowercased().contains("version"))
  }
}
