import Glibc
import Sandbox
import Testing

/// Somebody else swaps directories and symbolic links on the way to what a policy names, as fast as they can, while jails are
/// made. Nothing of it leads anywhere but to where it belongs.
@Suite("Swapped directories and links") struct SwapTests {
  /// Two directories and a link that stand in for each other without end; `secret` lies beside them, and `outside` is where a
  /// link leads to.
  private static func swapper(_ directory: String, _ outside: String) throws -> StaticProgram {
    try StaticProgram(
      """
      #define _GNU_SOURCE
      #include <fcntl.h>
      #include <stdio.h>
      #include <unistd.h>
      int main(void) {
        if (chdir("\(directory)") || symlink("\(outside)", "link")) return 1;
        for (;;) {
          renameat2(AT_FDCWD, "real", AT_FDCWD, "link", RENAME_EXCHANGE);
          renameat2(AT_FDCWD, "real", AT_FDCWD, "link", RENAME_EXCHANGE);
          renameat2(AT_FDCWD, "tree/sub", AT_FDCWD, "out", RENAME_EXCHANGE);
          renameat2(AT_FDCWD, "tree/sub", AT_FDCWD, "out", RENAME_EXCHANGE);
          rename("tree/sub", "away");
          rename("away", "tree/sub");
        }
      }
      """)
  }

  @Test(.requires(.gcc), .requires(.idmappedMounts)) func `no source and no target is followed out of where it belongs`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let outside = try TemporaryDirectory()
    for path in [directory.path, outside.path] { chmod(path, 0o777) }
    _ = try outside.file("secret", "secret\n")
    mkdir("\(outside.path)/sub", 0o777)
    for name in ["real", "tree", "tree/sub", "tree/sub/place"] { mkdir("\(directory.path)/\(name)", 0o777) }
    _ = try directory.file("real/mine", "mine\n")
    symlink(outside.path, "\(directory.path)/out")
    let mounts = try Text.of("/proc/self/mountinfo").split(separator: "\n").count

    var sandbox = Sandbox()
    sandbox.filesystem.mounts += [
      .bind("\(directory.path)/real", at: "/source"), .bind("\(directory.path)/tree", at: "/tree", access: .readWrite),
      .tmpfs(at: "/tree/sub"), .masked("/tree/sub", ifExists: true),
    ]
    // As root it is somebody else who swaps; a user's own links are theirs to be followed.
    let isRoot = geteuid() == 0
    if isRoot {
      #expect(try Unjailed.run("/bin/chown", ["-Rh", "20001:20001", directory.path]).status == 0)
    }
    // As it is, it works: what follows can fail.
    let look = "cat /source/mine /source/secret 2>/dev/null; ls /tree/sub /tree/sub/sub 2>/dev/null; true"
    #expect(try await Jailed.shell(look, in: sandbox) == "mine\n/tree/sub:\n")

    let swapper = try Self.swapper(directory.path, outside.path)
    var pid: pid_t = 0
    let user = ["/usr/bin/setpriv", "--reuid", "20001", "--regid", "20001", "--clear-groups", "--inh-caps=-all"]
    let words = (isRoot ? user : []) + [swapper.path]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { (word: String) in strdup(word) } + [nil]
    defer { for argument in arguments { free(argument) } }
    #expect(posix_spawn(&pid, words[0], nil, nil, arguments, environ) == 0)
    defer {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    var made = 0, refused = 0
    let start = ContinuousClock.now
    // Both come to be within a moment, but on a machine that is busy.
    while ContinuousClock.now < start + .seconds(4)
      || (made == 0 || refused == 0) && ContinuousClock.now < start + .seconds(120)
    {
      do throws(Sandbox.Error) {
        let outcome = try await sandbox.run("/bin/bash", arguments: ["-c", look])
        made += 1
        if isRoot { #expect(!outcome.standardOutput.contains("secret")) }
      } catch {
        refused += 1
        let isNamed = error.problems.contains { $0.path.description.hasPrefix("filesystem.mounts[") }
        #expect(isNamed, "\(error)")
      }
    }
    #expect(made > 0 && refused > 0, "\(made) made, \(refused) refused: both happen")
    #expect(try Text.of("/proc/self/mountinfo").split(separator: "\n").count == mounts, "nothing is mounted on the host")
    #expect(Leftovers.names(in: outside.path) == ["secret", "sub"] && Leftovers.names(in: "\(outside.path)/sub").isEmpty)
  }
}
