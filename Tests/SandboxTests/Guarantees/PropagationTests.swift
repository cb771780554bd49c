import Glibc
import Testing

/// Whether what is mounted inside comes to the host, and the other way round.
///
/// Most hosts share all of their mounts (systemd does); here root makes such ones, in a mount namespace of the test's own.
@Suite("Propagation of mounts", .requires(.root)) struct PropagationTests {
  /// `%` is the tool, run as root or as a user; `/mnt` is shared, and so is what is mounted below it.
  static func run(_ script: String, as caller: SubmountTests.Caller = .root) throws -> String {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let user = caller == .user ? "setpriv --reuid 20001 --regid 20001 --clear-groups --inh-caps=-all" : ""
    let tool = "\(user) '\(SwiftPayload.buildDirectory)/sandbox' run"
    let file = try directory.file(
      "script",
      """
      set -e
      mount -t tmpfs shared /mnt && mount --make-shared /mnt && mkdir -p /mnt/sub/deep && chmod 777 /mnt /mnt/sub /mnt/sub/deep
      \(script.replacing("%", with: tool))
      """)
    let result = try Unjailed.run("/usr/bin/unshare", ["--mount", "/bin/bash", file])
    #expect(result.status == 0)
    return result.output
  }

  @Test(arguments: SubmountTests.Caller.allCases)
  func `what a jail has mounted upon the host's directories the host has not`(_ caller: SubmountTests.Caller) throws {
    let seen = try Self.run(
      """
      % --bind /mnt:/r --tmpfs /r/sub --bind /usr/share:/r/sub/share -- ls /r/sub
      % \(caller == .user ? "--bind-rw" : "--bind") /mnt:/w --tmpfs /w/sub/deep -- sh -c 'echo x > /w/sub/deep/x'
      awk '$5 ~ "^/mnt(/sub|$)"' /proc/self/mountinfo | wc -l; ls /mnt/sub/deep
      """, as: caller)
    #expect(seen == "share\n1\n", "its own tmpfs, and nothing else")
  }

  @Test func `the control: a mount upon such a directory does come to its peers`() throws {
    let seen = try Self.run(
      """
      mkdir /tmp/peer.$$; mount --bind /mnt /tmp/peer.$$; mount -t tmpfs t /tmp/peer.$$/sub
      grep -c ' /mnt/sub ' /proc/self/mountinfo
      umount -l /tmp/peer.$$; rmdir /tmp/peer.$$
      """)
    #expect(seen == "1\n")
  }

  /// Lines of mountinfo about a mount that has peers, or a master.
  private static func shared(_ mountinfo: String) -> [String] {
    mountinfo.split(whereSeparator: { $0 == "\n" || $0 == "|" }).map(String.init).filter {
      $0.contains(" shared:") || $0.contains(" master:")
    }
  }

  private static let sharing = ["--mount", "--propagation", "shared"]

  /// What masks is the host's own null device: mounted over, in the jail, it would be on the host, too.
  @Test(
    arguments: [
      "", "--proc /p", "--mask /etc/passwd", "--empty-root --bind /usr --bind /lib --bind /lib64 --bind /bin --proc /proc",
      "--empty-root --bind /usr --bind /lib --bind /lib64 --bind /bin --mask /usr/bin/env --proc /proc:subset=pid",
      "--root / --mask /etc/passwd --chdir /", "--chroot --mask /etc/passwd",
    ], SubmountTests.Way.allCases)
  func `nothing in a jail is a peer of the host's, nor its slave`(_ options: String, _ way: SubmountTests.Way) throws {
    let directory = try TemporaryDirectory()
    let filter = try directory.file("filter.py", SubmountTests.oldKernel)
    let without = way == .remount ? "/usr/bin/python3 '\(filter)'" : ""
    let tool = "\(without) '\(SwiftPayload.buildDirectory)/sandbox' run \(options) -- /bin/cat /proc/self/mountinfo"
    let mounts = try Unjailed.run("/usr/bin/unshare", Self.sharing + ["/bin/bash", "-c", tool])
    #expect(mounts.status == 0 && lines(mounts.output).contains { $0.contains(" /null ") }, "\(mounts.output)")
    #expect(Self.shared(mounts.output) == [])
  }

  @Test(arguments: SubmountTests.Way.allCases)
  func `nor is it in a jail of a prepared sandbox`(_ way: SubmountTests.Way) throws {
    let directory = try TemporaryDirectory()
    let without = way == .remount ? ["/usr/bin/python3", try directory.file("filter.py", SubmountTests.oldKernel)] : []
    let probe = try EnterProbe("/usr/bin/unshare", Self.sharing + without + [EnterProbe.path])
    let mounts = try #require(probe.ask("prepared /etc/passwd /tmp /dev/zero"))
    #expect(mounts.contains(" /null /etc/passwd ") && mounts.contains(" /null /dev/zero "), "\(mounts)")
    #expect(Self.shared(mounts) == [])
  }

  @Test func `the control: what asks for it is, and so is everything on the host`() throws {
    let script = """
      cat /proc/self/mountinfo | grep -c shared:
      '\(SwiftPayload.buildDirectory)/sandbox' run --bind /usr/share:/s:slave -- cat /proc/self/mountinfo
      """
    let mounts = try Unjailed.run("/usr/bin/unshare", Self.sharing + ["/bin/bash", "-c", script]).output
    #expect(Int(lines(mounts)[0])! > 1)
    let shared = Self.shared(mounts)
    #expect(!shared.isEmpty && shared.allSatisfy { $0.contains(" /s") && $0.contains(" master:") }, "\(shared)")
  }

  /// There the kernel does not cut its mounts off by itself, as it does where the user namespace is another one.
  @Test func `nor has the host what a jail of its own users has mounted`() throws {
    let seen = try Self.run(
      """
      mount --make-rshared /
      before=$(wc -l < /proc/self/mountinfo)
      % --share 'user=the test' --uid 20001 --gid 20001 -- sh -c 'cat /proc/self/mountinfo; sleep 1' > /tmp/inside.$$ &
      sleep 0.7; [ $before = $(wc -l < /proc/self/mountinfo) ] && echo same; wait $!
      grep -c -e shared: -e master: /tmp/inside.$$ || true
      rm /tmp/inside.$$; grep -c shared: /proc/self/mountinfo | grep -qx 0 || echo sharing
      """)
    #expect(seen == "same\n0\nsharing\n")
  }

  @Test(arguments: SubmountTests.Caller.allCases)
  func `what the host mounts later a jail does not see`(_ caller: SubmountTests.Caller) throws {
    #expect(try Self.run(Self.later(""), as: caller) == "empty\n")
  }

  /// Mounts something below a bind's source while a jail lives, which then looks.
  static func later(_ options: String) -> String {
    """
    mkfifo -m 666 /mnt/lives /mnt/go
    { read x < /mnt/lives; mount -t tmpfs new /mnt/sub; touch /mnt/sub/new; echo > /mnt/go; } &
    % --bind /mnt:/r\(options) -- sh -c 'echo > /r/lives; read x < /r/go; ls /r/sub/new >/dev/null 2>&1 && echo seen || echo empty'
    wait
    """
  }
}
