import Glibc
import Testing

@Suite("The tool's options for namespaces") struct NamespaceOptionTests {
  @Test func `they make the policy`() async throws {
    let result = try await ToolTests.shell(
      """
      sandbox run --domainname example --clock-offset monotonic=1h --clock-offset boot=-1500ms --sysctl net.ipv4.ip_default_ttl=77 \\
        --join ipc=/run/ipc='two programs' --share time='for the test' --uid-map 0:100000:1000 --uid-map 1000:7 \\
        --gid-map subordinate --print-policy | tr -d ' \\n'
      """)
    #expect(
      result.output == #"{"namespaces":{"clockOffsets":{"boot":"-1500ms","monotonic":"3600s"},"domainName":"example","#
        + #""groups":"subordinate","ipc":{"existing":{"at":"/run/ipc","because":"twoprograms"}},"#
        + #""sysctls":{"net.ipv4.ip_default_ttl":"77"},"time":{"host":"forthetest"},"#
        + #""users":[{"count":1000,"inside":0,"outside":100000},{"inside":1000,"outside":7}]}}"#, "\(result.error)")
    let set = try await ToolTests.shell(
      "sandbox run --sysctl net.ipv4.ip_default_ttl=77 --domainname example -- sh -c 'cat /proc/sys/net/ipv4/ip_default_ttl; domainname'"
    )
    #expect(set.output == "77\nexample\n", "\(set.error)")
  }

  @Test func `what others are built on is shared, too`() async throws {
    let policy = try await ToolTests.shell(
      "sandbox run --share user=a --share mount=b --share pid=c --keep-root d --keep-ids --print-policy | tr -d ' \\n'")
    #expect(
      policy.output == #"{"credentials":{"keepsCurrent":true},"filesystem":{"entryRoot":{"unchanged":"d"},"mounts":[],"#
        + #""workingDirectory":"/"},"namespaces":{"mount":{"host":"b"},"pid":{"host":"c"},"user":{"host":"a"}}}"#,
      "\(policy.error)")
    let result = try await ToolTests.shell(
      "sandbox run --share mount=b --share pid=c --chroot-to /usr -- sh -c 'cd /; echo bin*; [ -e usr ] || echo inside'")
    #expect(result.output == "bin\ninside\n", "\(result.error)")
    let explained = try await ToolTests.shell("sandbox explain --share pid=c -- true | grep opened")
    #expect(explained.output.contains("opened: namespaces.pid: the host's: c"))
    #expect(explained.output.contains("may signal those of its user"), "\(explained.output)\(explained.error)")
  }

  @Test(arguments: [
    ("--join pid=/proc/1/ns/pid=x", "\"pid\" is none of network"), ("--keep-ids --uid 3", "--keep-ids contradicts --uid"),
    ("--keep-root x --root /", "contradict each other"), ("--share mount=x", "filesystem.entryRoot"),
    ("--share netwrk=x", "did you mean \"network\"?"),
    ("--share network", "say why, as --share network=\"a reason\""), ("--join network=/x", "--join: say which and why"),
    ("--share ipc=a --join ipc=/x=b", "--share and --join name ipc more than once"),
    ("--uid-map 0", "is not inside:outside[:count]"), ("--clock-offset monotonc=1s", "did you mean \"monotonic\"?"),
    ("--clock-offset boot=soon", "is not clock=duration"), ("--sysctl net.x", "is not name=value"),
  ]) func `a mistake is named`(_ options: String, _ message: String) async throws {
    let result = try await ToolTests.shell("sandbox run \(options) -- true; echo $?")
    #expect(result.output == "125\n")
    #expect(result.error.contains(message), "\(result.error)")
  }

  /// An ordinary user of whom the accounts know: in a mount namespace of the test's own, for which it takes root.
  @Test(.enabled(if: geteuid() == 0, "it takes root to make an ordinary user's accounts; the lane root runs this"))
  func `an ordinary user has the ids that subuid and subgid give`() async throws {
    let user = "setpriv --reuid 20007 --regid 20007 --groups 20007,4 --inh-caps=-all"
    let result = try await ToolTests.shell(
      """
      chmod 755 .; cp '\(ToolTests.path)' tool; chmod 755 tool
      (cat /etc/passwd; echo maps:x:20007:20007::/nonexistent:/bin/sh) > passwd
      (cat /etc/group; echo maps:x:20007:) > group
      echo maps:300000:1000 > subuid; echo maps:400000:1000 > subgid
      cat > inside <<'end'
      for file in passwd group subuid subgid; do [ -e /etc/$file ] || : > /etc/$file; mount --bind $file /etc/$file; done
      export LD_LIBRARY_PATH="$LD_LIBRARY_PATH"
      \(user) ./tool run --uid-map subordinate --gid-map subordinate -- sh -c 'tr -s " " < /proc/self/uid_map; tr -s " " < /proc/self/gid_map; grep Groups /proc/self/status; id -u'
      echo "status $?"
      \(user) ./tool run --uid-map 0:20007 --uid-map 1:300000:1000 --uid 0 -- sh -c 'tr -s " " < /proc/self/uid_map; id -u'
      \(user) ./tool run --uid-map 1000:20007 --uid-map 0:300001:1000 -- true; echo "beyond $?"
      \(user) ./tool run --uid-map 1000:20007 --uid-map 5:200000 -- true; echo "foreign $?"
      : > subuid
      \(user) ./tool run --uid-map subordinate -- true; echo "none $?"
      end
      unshare --mount bash inside
      """)
    let lines = [
      " 0 300000 1000", " 1000 20007 1", " 0 400000 1000", " 1000 20007 1", "Groups:\t ", "1000", "status 0", " 0 20007 1",
      " 1 300000 1000", "0", "beyond 125", "foreign 125", "none 125",
    ]
    #expect(result.output.split(separator: "\n").map(String.init) == lines, "\(result.error)")
    let errors = result.error
    #expect(errors.contains("namespaces.users[1]: the host's ids 300001 to 301000 are not this user's"), "\(errors)")
    #expect(errors.contains("namespaces.users[1]: the host's ids 200000 to 200000 are not this user's"))
    #expect(errors.contains("namespaces.users: /etc/subuid gives this user no ids"))
  }
}
