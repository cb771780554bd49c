import Glibc
import Testing

/// The options that make a root.
@Suite("The tool's options for mounts") struct MountOptionTests {
  @Test(arguments: [
    (
      "--bind /usr/share:/s:noexec,unbindable --bind-rw '/srv/a\\:b:/w' --bind-try /no:/n",
      #"{"bind":{"allowsExecution":false,"propagation":"unbindable","source":"/usr/share","target":"/s"}},"#
        + #"{"bind":{"access":"readWrite","source":"/srv/a:b","target":"/w"}},"#
        + #"{"bind":{"ifExists":true,"source":"/no","target":"/n"}}"#
    ),
    (
      "--bind /d::uidmap=33:1000,uidmap=34:1001:2,gidmap=7:8",
      #"{"bind":{"idMap":{"groups":[{"inside":8,"source":7}],"users":[{"inside":1000,"source":33},"#
        + #"{"count":2,"inside":1001,"source":34}]},"source":"/d"}}"#
    ),
    (
      "--tmpfs /a:1MiB,inodes=9,mode=0700,noexec",
      #"{"tmpfs":{"allowsExecution":false,"inodes":9,"mode":"0700","size":"1MiB","target":"/a"}}"#
    ),
    ("--tmpfs /a:mode=0755", #"{"tmpfs":{"mode":"0755","target":"/a"}}"#),
    ("--proc /p:subset=pid,hidepid=invisible", #"{"proc":{"hidepid":"invisible","subset":"pid","target":"/p"}}"#),
    ("--proc /p:hidepid=invisible,gid=1000", #"{"proc":{"group":1000,"hidepid":"invisible","target":"/p"}}"#),
    ("--dev /d --mqueue /q --sysfs /sys", #"{"devices":{"target":"/d"}},{"messageQueues":{"target":"/q"}},"sysfs""#),
    ("--dev-bind /dev/kvm='it runs = machines'", #"{"device":{"because":"it runs = machines","source":"/dev/kvm"}}"#),
    ("--dev-bind /dev/kvm:/k=x", #"{"device":{"because":"x","source":"/dev/kvm","target":"/k"}}"#),
    ("--program /bin/ls", #"{"program":"/bin/ls"}"#),
    (
      "--mask /a --mask-try /b --read-only-path /c",
      #"{"masked":{"target":"/a"}},{"masked":{"ifExists":true,"target":"/b"}},{"readOnly":{"target":"/c"}}"#
    ),
    ("--file /dev/null:/f", #"{"file":{"target":"/f","text":""}}"#),
  ]) func `each means a mount`(_ options: String, _ mounts: String) async throws {
    let result = try await ToolTests.shell("sandbox run --empty-root \(options) --print-policy | tr -d '\\n '")
    #expect(
      result.output.replacing(" ", with: "").contains(#""mounts":[\#(mounts.replacing(" ", with: ""))]"#),
      "\(result.output) \(result.error)")
  }

  @Test(arguments: [
    ("--root /srv/r", #""root":{"directory":{"source":"/srv/r"}}"#),
    ("--root-rw /srv/r::noexec", #""root":{"directory":{"access":"readWrite","allowsExecution":false,"source":"/srv/r"}}"#),
    ("--chroot", #""rootChange":"chroot""#), ("--root /r", #""mounts":["proc","devices""#),
    ("--root /r", #""workingDirectory":"/""#),
  ]) func `roots`(_ options: String, _ part: String) async throws {
    let result = try await ToolTests.shell("sandbox run \(options) --print-policy | tr -d '\\n '")
    #expect(result.output.contains(part), "\(result.output) \(result.error)")
  }

  @Test(arguments: [
    ("--bind /a:/b:noexc", "--bind: \"noexc\" is none of noexec, private, slave"),
    ("--bind /a:/b:noexc", "did you mean \"noexec\"?"),
    ("--bind-rw /a:/b:uidmap=1", "is not uidmap=source:inside[:count]"), ("--tmpfs /a:1MB", "is no size"),
    ("--tmpfs /a:nodes=1", "did you mean \"inodes\"?"), ("--tmpfs /a:mode=9", "is no octal number"),
    ("--bind /usr:/a:slave,private", "--bind: \"slave\" and \"private\" are about the same"),
    ("--bind /usr:/a:noexec,noexec", "\"noexec\" and \"noexec\" are about the same"),
    ("--tmpfs /a:mode=0755,mode=0700", "--tmpfs: \"mode=0755\" and \"mode=0700\" are about the same"),
    ("--tmpfs /a:1MiB,size=2MiB", "--tmpfs: \"1MiB\" and \"size=2MiB\" are about the same"),
    ("--proc /p:hidepid=noaccess,hidepid=invisible", "are about the same"),
    ("--tmpfs /a:mode=+755", "is no octal number"), ("--tmpfs /a:mode=-0", "is no octal number"),
    ("--proc /p:hidepid=invisible,gid=+7", "gid=+7"), ("--tmpfs /a:inodes=+7", "is no number of inodes"),
    ("--bind-rw /a:/b:uidmap=+1:2", "is not uidmap=source:inside[:count]"),
    ("--tmpfs /tmp,noexec,mode=0700", "options are written as /tmp:noexec,mode=0700, a target with a comma as /tmp,noexec"),
    ("--proc /proc,hidepid=invisible", "options are written as /proc:hidepid=invisible"),
    ("--proc /p:hidepid=2", "is none of subset=pid, hidepid=noaccess"), ("--dev-bind /dev/kvm", "say why"),
    ("--file /etc/hosts", "names no target"), ("--file /no/such:/a", "No such file"), ("--root /a:/b", "it has no target"),
    ("--root /a --root-rw /b", "contradict each other"), ("--symlink /a", "names no destination"),
    ("--mask /no/such", "filesystem.mounts[4]: openat2(\"/no/such\"): ENOENT"),
    ("--root /no/such", "filesystem.root.source: \"/no/such\" does not exist"),
    ("--program /no/such", "filesystem.mounts[4].target: \"/no/such\" does not exist"),
  ]) func `mistakes are named`(_ options: String, _ message: String) async throws {
    let result = try await ToolTests.shell("sandbox run \(options) -- true")
    #expect(result.status == 125 && result.error.contains(message), "\(result.error)")
  }

  @Test func `a mount at the place of a standard one takes its place`() async throws {
    let result = try await ToolTests.shell(
      """
      sandbox run --tmpfs /tmp:1MiB --proc /proc:subset=pid -- sh -c 'df --output=size -k /tmp | tail -1 | tr -d " "; ls /proc | grep -c mem'
      sandbox run --tmpfs /a --tmpfs /a -- true
      """)
    #expect(result.output == "1024\n0\n", "\(result.output)")
    #expect(result.error.contains("filesystem.mounts[5].target: \"/a\" is the target of filesystem.mounts[4], too"))
  }

  @Test func `a program alone, and a directory as root`() async throws {
    let result = try await ToolTests.shell(
      """
      sandbox run --empty-root --program /bin/ls --chdir / -- /bin/ls /
      mkdir -p r/proc r/dev r/tmp r/usr r/bin r/lib r/lib64; echo hello > r/hello; chmod 755 . r
      for how in "--root $PWD/r" "--root $PWD/r --chroot"; do
        sandbox run $how --bind /usr --bind-try /bin --bind-try /lib --bind-try /lib64 -- /usr/bin/cat /hello
      done
      """)
    #expect(lines(result.output).suffix(2) == ["hello", "hello"], "\(result.error)")
    #expect(result.output.hasPrefix("bin\nlib\n") || result.output.hasPrefix("lib"), "\(result.output)")
  }

  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
}
