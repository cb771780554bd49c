import Glibc
import Testing

/// What is mounted below a bind's source is bound along, and is as read-only as the bind.
///
/// Root makes the mounts, in a mount namespace of the test's own; a user's jail is tried there, too.
@Suite("Mounts below a bind", .requires(.root)) struct SubmountTests {
  /// Which of the kernel's two ways sets a mount's attributes.
  enum Way: String, CaseIterable, Sendable {
    /// The one that the kernel has.
    case own
    /// As before Linux 5.12: mount_setattr(2) gives ENOSYS.
    case remount
  }

  enum Caller: String, CaseIterable, Sendable { case root, user }

  /// Some plain ones, one below another, one that hides others, names that mountinfo must escape, flags that a user
  /// namespace locks, and one that is no directory.
  private static let mounts = #"""
    new() { mkdir -p "$1" && mount -t tmpfs -o "${2:-rw},mode=1777" "$1" "$1"; }
    mount -t tmpfs here /mnt && cd /mnt
    new base
    new base/plain
    new base/plain/below/deep
    new base/flagged nosuid,noexec,strictatime
    new 'base/with  space'
    new $'base/tab\there\\134\nline'
    new base/hidden
    new base/hidden/lower
    mkdir base/hidden/a && mount -t tmpfs over base/hidden && chmod 1777 base/hidden
    touch base/file source && chmod 666 source && mount --bind source base/file
    for _ in 1 2 3; do mount -t tmpfs -o mode=1777 stacked base/plain/below; done
    new base/locked ro
    """#

  /// A Python program that runs another as on a kernel without mount_setattr(2).
  static let oldKernel = """
    import ctypes, os, struct, sys
    libc = ctypes.CDLL(None)
    program = b"".join(struct.pack("HBBI", *row) for row in [(32, 0, 0, 0), (21, 0, 1, 442), (6, 0, 0, 0x50026), (6, 0, 0, 0x7fff0000)])
    buffer = ctypes.create_string_buffer(program)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, struct.pack("HxxxxxxQ", 4, ctypes.addressof(buffer)), 0, 0) == 0
    os.execv(sys.argv[1], sys.argv[1:])
    """

  /// Runs the tool on these mounts; `%` is it, with the bind's options.
  private func run(_ script: String, as caller: Caller, by way: Way, options: String) throws -> String {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let filterFile = try directory.file("filter.py", Self.oldKernel)
    let user = caller == .user ? "setpriv --reuid 20001 --regid 20001 --clear-groups --inh-caps=-all" : ""
    let without = way == .remount ? "/usr/bin/python3 '\(filterFile)'" : ""
    let tool = "\(user) \(without) '\(SwiftPayload.buildDirectory)/sandbox' run \(options) --"
    let file = try directory.file("script", "set -e\n\(Self.mounts)\ncd /\n\(script.replacing("%", with: tool))\n")
    let result = try Unjailed.run("/usr/bin/unshare", ["--mount", "/bin/bash", file])
    #expect(result.status == 0)
    return result.output
  }

  private static let places = [
    ".", "plain", "plain/below", "flagged", "with  space", "tab\there\\134\nline", "hidden", "locked",
  ]

  /// Tries to write to each place, and tells of each whether that went.
  private static let write = """
    /usr/bin/python3 -c '
    import os
    for place in \(places.filter { !$0.contains("\n") }) + ["tab\\there\\\\134\\nline"]:
        try:
            os.close(os.open("/base/" + place + "/new", os.O_CREAT | os.O_WRONLY))
            print("written")
        except OSError as error:
            print(error.errno)
    try:
        os.close(os.open("/base/file", os.O_WRONLY))
        print("written")
    except OSError as error:
        print(error.errno)
    '
    """

  @Test(arguments: Caller.allCases, Way.allCases)
  func `none can be written below a read-only one`(_ caller: Caller, _ way: Way) throws {
    let answers = lines(try run("% \(Self.write)", as: caller, by: way, options: "--bind /mnt/base:/base"))
    #expect(answers == Array(repeating: "30", count: Self.places.count + 1), "EROFS")
  }

  @Test func `the control: outside, each can be written`() throws {
    let written = Self.write.replacing("/base/", with: "/mnt/base/")
    let answers = lines(try run(written, as: .root, by: .own, options: ""))
    #expect(answers.filter { $0 == "written" }.count == Self.places.count, "all but the one that was read-only before")
  }

  @Test(arguments: Caller.allCases, Way.allCases)
  func `what they had of flags they keep`(_ caller: Caller, _ way: Way) throws {
    let text = try run("% /bin/cat /proc/self/mountinfo", as: caller, by: way, options: "--bind /mnt/base:/base")
    var options: [String: Set<Substring>] = [:]
    for line in lines(text) {
      let fields = line.split(separator: " ")
      options[String(fields[4])] = Set(fields[5].split(separator: ","))
    }
    for place in ["/base", "/base/plain", "/base/plain/below", "/base/with\\040\\040space", "/base/hidden", "/base/file"] {
      #expect(options[place]?.isSuperset(of: ["ro", "nosuid", "nodev"]) == true, "\(place): \(options[place] ?? [])")
      #expect(options[place]?.contains("noexec") == false)
    }
    #expect(options["/base/flagged"]?.isSuperset(of: ["ro", "nosuid", "nodev", "noexec"]) == true)
    #expect(options["/base/flagged"]?.isDisjoint(with: ["relatime", "noatime"]) == true, "strictatime")
  }

  @Test(arguments: Caller.allCases)
  func `more of them than can be looked after are an error, not writable`(_ caller: Caller) throws {
    let script = """
      # Each takes along what was there before.
      new /mnt/base/many; mkdir /mnt/base/many/{1..10}
      for n in {1..10}; do mount --rbind /mnt/base/many /mnt/base/many/$n; done
      status=0; % /bin/true 2>/mnt/said || status=$?
      echo $status; cat /mnt/said
      """
    let said = try run(script, as: caller, by: .remount, options: "--bind /mnt/base:/base")
    #expect(said.hasPrefix("125\nsandbox: filesystem.mounts[4]: read(\"/base\"): E2BIG "), "\(said)")
    #expect(said.contains("hint: more than 1,024 mounts lie below the source"))
  }
}
