import Glibc
import Testing

/// The options of the parts: who the program is, what it may do, how much.
@Suite("The tool's options for the parts") struct PartOptionTests {
  @Test func `users and groups`() async throws {
    let result = try await ToolTests.shell("sandbox run --uid www-data --gid 7 --umask 027 -- sh -c 'id -u; id -g; umask'")
    #expect(result.output == "33\n7\n0027\n", "\(result.error)")
    let groups = try await ToolTests.shell("sandbox run --groups audio,44 -- id -G")
    if geteuid() == 0 {
      #expect(groups.output == "1000 29 44\n", "\(groups.error)")
    } else {
      #expect(groups.status == 125 && groups.error.contains("credentials.groups: an ordinary user"), "\(groups.error)")
    }
  }

  private static let sets = "grep -E '^Cap' /proc/self/status | cut -c 21-24 | tr '\\n' ' '"

  @Test(arguments: [
    ("", "0000 0000 0000 0000 0000 "), ("--cap-add net_raw", "2000 2000 2000 2000 2000 "),
    ("--cap-add CAP_KILL,net_raw --cap-add chown", "2021 2021 2021 2021 2021 "),
    ("--cap-drop ALL --cap-add kill", "0020 0020 0020 0020 0020 "),
    ("--cap-add ALL --cap-reason test --cap-drop sys_admin,13", "dfff dfff dfff dfff dfff "),
    ("--caps cap_kill,13=eip", "2020 2020 2020 2020 2020 "),
    ("--caps =eip --cap-reason test --cap-drop ALL --cap-add kill", "0020 0020 0020 0020 0020 "),
    ("--bounding-set +kill,+net_raw --inh-caps +all,-all,+kill", "0020 0000 0000 2020 0000 "),
    ("--cap-add kill --bounding-set +all --cap-reason test", "0020 0020 0020 ffff 0020 "),
    ("--uid 0 --securebits none --cap-add kill --ambient-caps -all", "0020 0020 0020 0020 0000 "),
  ]) func `capabilities`(_ options: String, _ sets: String) async throws {
    let result = try await ToolTests.shell("sandbox run \(options) -- sh -c \"\(Self.sets.replacing("$", with: "\\$"))\"")
    #expect(result.output == sets, "\(options): \(result.error)")
  }

  @Test func `limits and scheduling`() async throws {
    let result = try await ToolTests.shell(
      """
      sandbox run --rlimit nofile=64:128 --rlimit as=4GiB --rlimit cpu=unlimited --rlimit fsize=1000,clamp -- \\
        sh -c 'ulimit -n; ulimit -Hn; ulimit -v; ulimit -t; prlimit -f -o SOFT --raw --noheadings'
      sandbox run --nice 3 --sched batch --cpus 0-8191 --oom-score-adj 5 -- \\
        sh -c 'nice; chrt -p $$ | head -1; cat /proc/self/oom_score_adj'
      """)
    #expect(
      result.output == "64\n128\n4194304\nunlimited\n1000\n3\npid 2's current scheduling policy: SCHED_BATCH\n5\n",
      "\(result.error)")
  }

  @Test(arguments: [
    ("--rlimit nofiles=1", "did you mean \"nofile\"?"), ("--rlimit nofile", "is not name=soft"),
    ("--rlimit nofile=1:2:3", "is not name=soft"), ("--rlimit nofile=-1", "is not name=soft"),
    ("--rlimit nofile=1MiB", "is not name=soft"), ("--rlimit as=1MB", "sizes as 512MiB"),
    ("--rlimit nofile=2:1", "limits.openFiles: the soft limit (2) is above the hard one (1)"),
    ("--rlimit nofile=infinity", "limits.openFiles: infinity is out of range"),
    ("--nice 20", "scheduling.nice: 20 is out of range"),
    ("--sched bacth", "did you mean \"batch\"?"), ("--sched fifo", "needs a priority"), ("--sched batch:1", "has no priority"),
    ("--sched rr:100", "scheduling.class: the priority 100 is out of range"), ("--cpus 1-", "is no list of processors"),
    ("--oom-score-adj 1001", "scheduling.oomScoreAdjustment: 1001 is out of range"), ("--cpus 8000", "sched_setaffinity"),
    ("--caps cap_net_rw=eip", "did you mean"), ("--caps cap_kill=p", "is lost as the program starts"),
    ("--cap-add net_rw", "\"net_rw\" is no capability; did you mean \"cap_net_raw\"?"),
    ("--cap-add kill --cap-drop kill", "contradict each other about cap_kill"),
    ("--bounding-set kill", "says neither + nor -"), ("--securebits no_root", "did you mean \"noroot\"?"),
    ("--cap-add sys_admin", "capabilities.reason: keeping cap_sys_admin needs a reason"),
    ("--cap-add net_raw --share network=test", "has no effect on the host's network"),
    ("--inh-caps +kill", "capabilities.inheritable: cap_kill cannot be inheritable outside of the bounding set"),
    ("--uid ww-data", "hint: did you mean \"www-data\"?"), ("--uid 65534", "credentials.user: 65534 cannot be told from ids"),
    ("--umask 9", "no octal number"), ("--uid 4294967296", "credentials.user: "),
  ]) func `what is wrong is named`(_ options: String, _ message: String) async throws {
    let result = try await ToolTests.shell("sandbox run \(options) -- true")
    #expect(result.status == 125 && result.output == "")
    #expect(result.error.contains(message), "\(options): \(result.error)")
  }

  @Test func `what is opened shows in the plan's text and in the report`() async throws {
    let result = try await ToolTests.shell(
      """
      sandbox explain --cap-add net_admin --cap-reason 'it builds bridges' --cpus 0 -- true | sed -n '/^enforcement/,$p'
      sandbox run --cap-add net_admin --cap-reason 'it builds bridges' --report r -- true
      python3 -c 'import json; print(*sorted({o["path"] + ": " + o["reason"].split(",")[0] for o in json.load(open("r"))["enforcement"]["openings"]}), sep="\\n")'
      """)
    let kept = "capabilities: the program keeps cap_net_admin, in the jail's own user namespace: it builds bridges"
    #expect(result.output.contains("opened: \(kept)\nopened: capabilities: cap_net_admin: it configures"), "\(result.output)")
    #expect(result.output.contains("not enforced: scheduling.cpus: "))
    #expect(
      result.output.hasSuffix(
        "capabilities: cap_net_admin: it configures the jail's network\ncapabilities: the program keeps cap_net_admin\n"),
      "\(result.output) \(result.error)")
  }

  @Test func `the options of a part name the policy path that they set`() async throws {
    let help = try await ToolTests.shell("sandbox run --help").output.split(separator: "\n").joined(separator: " ")
    let text = help.split(separator: " ").joined(separator: " ")
    for (option, path) in [
      ("--uid", "credentials.user"), ("--gid", "credentials.group"), ("--groups", "credentials.groups"),
      ("--umask", "credentials.umask"), ("--cap-add", "capabilities"), ("--caps", "capabilities"), ("--cap-drop", "capabilities"),
      ("--inh-caps", "capabilities.inheritable"), ("--ambient-caps", "capabilities.ambient"),
      ("--bounding-set", "capabilities.bounding"), ("--securebits", "capabilities.secureBits"),
      ("--cap-reason", "capabilities.reason"), ("--rlimit", "limits"), ("--nice", "scheduling.nice"),
      ("--sched", "scheduling.class"), ("--cpus", "scheduling.cpus"), ("--oom-score-adj", "scheduling.oomScoreAdjustment"),
      ("--hostname", "namespaces.hostName"), ("--domainname", "namespaces.domainName"), ("--share", "namespaces"),
      ("--join", "namespaces"), ("--uid-map", "namespaces.users"), ("--gid-map", "namespaces.groups"),
      ("--clock-offset", "namespaces.clockOffsets"), ("--sysctl", "namespaces.sysctls"),
    ] {
      guard let start = text.firstRange(of: "\(option) <") else {
        Issue.record("\(option) is not in the help")
        continue
      }
      let rest = text[start.upperBound...]
      let end = rest.firstRange(of: " --")?.lowerBound ?? rest.endIndex
      #expect(rest[..<end].contains("(\(path))"), "\(option)")
    }
  }
}
