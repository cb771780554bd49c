import Capabilities
import Foundation
import Testing

@Suite("Capability text")
struct CapabilityTextTests {
  @Test(
    arguments: [
      ("", [], [], []), ("=", [], [], []), ("cap_net_raw=eip", [.netRaw], [.netRaw], [.netRaw]),
      ("cap_net_raw,CAP_CHOWN=p cap_chown+e", [.chown], [.netRaw, .chown], []),
      ("all=p cap_sys_admin-ep", [], CapabilitySet.all.subtracting([.sysAdmin]), []),
      ("all=e+p cap_sys_admin-e+i", CapabilitySet.all.subtracting([.sysAdmin]), .all, [.sysAdmin]),
      ("cap_kill=p+e", [.kill], [.kill], []),
      ("13=ep", [.netRaw], [.netRaw], []), ("  =e\t=i\n", [], [], .all),
    ] as [(String, CapabilitySet, CapabilitySet, CapabilitySet)])
  func `is read as its manual page says`(
    _ text: String, _ effective: CapabilitySet, _ permitted: CapabilitySet, _ inheritable: CapabilitySet
  ) throws {
    #expect(
      try ProcessCapabilities(parsing: text)
        == ProcessCapabilities(effective: effective, permitted: permitted, inheritable: inheritable))
  }

  @Test(arguments: [
    ("cap_net_rw=ep", "\"cap_net_rw\" is no capability; did you mean \"cap_net_raw\"?"),
    ("cap_kill", "\"cap_kill\" has no operator: write it as \"cap_kill=ep\""),
    ("+ep", "\"+ep\" names no capability before \"+\"; only \"=\" may stand alone, for all"),
    ("cap_kill=x", "\"cap_kill=x\": \"x\" is none of e, i and p"), ("cap_kill+", "\"cap_kill+\" says nothing after \"+\""),
    ("=e+p", "\"=e+p\" goes on after a \"=\" for all: write \"all=e+p\""),
    ("cap_kill=e=p", "\"cap_kill=e=p\" has a second \"=\""), (",=e", "\"\" is no capability"),
    ("64=e", "\"64\" is no capability"),
  ]) func `what is wrong with it is told`(_ text: String, _ message: String) {
    #expect(throws: CapabilityTextError.self) { try ProcessCapabilities(parsing: text) }
    do throws(CapabilityTextError) { _ = try ProcessCapabilities(parsing: text) } catch { #expect(error.description == message) }
  }

  @Test(arguments: [
    "=", "=ep", "cap_net_raw=ep", "cap_chown,cap_net_raw=eip", "=ep cap_sys_admin-ep", "=p cap_kill+e", "=eip cap_kill-i",
  ]) func `the usual forms are written as they are read`(_ text: String) throws {
    #expect(try ProcessCapabilities(parsing: text).description == text)
  }

  @Test func `what is written is read again`() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let sets = (0..<3).map { _ in
        CapabilitySet(
          mask: [0, .max, .random(in: 0...UInt64.max), 1 << UInt64.random(in: 0...40)].randomElement(using: &generator)!
        )
        .intersection(.all)
      }
      let value = ProcessCapabilities(effective: sets[0], permitted: sets[1], inheritable: sets[2])
      #expect(try ProcessCapabilities(parsing: value.description) == value, "\(value)")
    }
  }

  /// libcap's own library, asked by Python: whether it reads the text, and as what; and what it makes of ours.
  private static let libcap = """
    import ctypes, sys
    c = ctypes.CDLL("libcap.so.2", use_errno=True)
    c.cap_from_text.restype = ctypes.c_void_p
    c.cap_from_text.argtypes = [ctypes.c_char_p]
    c.cap_get_flag.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
    c.cap_to_text.restype = ctypes.c_char_p
    c.cap_to_text.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    for line in sys.stdin:
        cap = c.cap_from_text(line.rstrip("\\n").encode())
        if not cap:
            print("none")
            continue
        masks = []
        for flag in 0, 1, 2:
            mask = 0
            for number in range(41):
                value = ctypes.c_int()
                assert c.cap_get_flag(cap, number, flag, value) == 0
                mask |= value.value << number
            masks.append(str(mask))
        print(" ".join(masks), c.cap_to_text(cap, None).decode(), sep="|")
    """

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: "/usr/lib/x86_64-linux-gnu/libcap.so.2"),
      "needs libcap; the lanes of Debian have it"))
  func `libcap reads the same, and what it writes is read the same`() throws {
    var texts = [
      "", "=", "all=p", "=ep cap_sys_admin-ep", "cap_net_raw,cap_chown=eip", "cap_kill", "+e", "e=", "cap_kill=e=p", "x=e",
    ]
    let names = ["cap_chown", "cap_net_raw", "13", "all", "CAP_KILL", "cap_bpf", "cap_none", "40"]
    var random = SystemRandomNumberGenerator()
    for _ in 0..<400 {
      texts.append(
        (0..<Int.random(in: 1...3)).map { _ in
          let list = (0..<Int.random(in: 0...3)).map { _ in names.randomElement(using: &random)! }.joined(separator: ",")
          let actions = (0..<Int.random(in: 1...2)).map { _ in
            ["=", "+", "-"].randomElement(using: &random)! + ["", "e", "p", "ep", "eip", "i"].randomElement(using: &random)!
          }
          return list + actions.joined()
        }.joined(separator: " "))
    }
    let answers = try Self.python(Self.libcap, input: texts.joined(separator: "\n") + "\n")
    #expect(answers.count == texts.count)
    var read = 0
    for (text, answer) in zip(texts, answers) {
      let ours = try? ProcessCapabilities(parsing: text)
      let parts = answer.split(separator: "|", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        #expect(ours == nil, "libcap refuses \"\(text)\"")
        continue
      }
      read += 1
      let masks = parts[0].split(separator: " ").map { CapabilitySet(mask: UInt64($0)!) }
      #expect(ours == ProcessCapabilities(effective: masks[0], permitted: masks[1], inheritable: masks[2]), "\"\(text)\"")
      #expect(try ProcessCapabilities(parsing: parts[1]) == ours, "what libcap writes: \(parts[1])")
    }
    #expect(read > 50 && read < texts.count, "some are right, and some are wrong")
  }

  static func python(_ program: String, input: String) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = ["-c", program]
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("capability-text-\(UUID())")
    try Data(input.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines.removeLast()
    return lines
  }
}
