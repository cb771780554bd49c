import Sandbox
import SandboxPlanning

/// What a floor is told, a line a piece (Floors/specification.c): everything that the plan would do, or an error.
struct Specification {
  private(set) var lines: [String] = []
  /// The parts of the host in the jail's root: source, target, whether it is recursive.
  private(set) var binds: [(source: String, target: String)] = []
  private(set) var symlinks: [(path: String, target: String)] = []
  private(set) var files: [(path: String, bytes: [UInt8])] = []
  private(set) var filters: [[UInt8]] = []
  private(set) var masked: [String] = []
  private(set) var readOnly: [String] = []
  private(set) var limits: [(kind: UInt64, soft: UInt64, hard: UInt64)] = []
  /// The payload's user outside.
  private(set) var outside: UInt64 = 0

  private var trees: [UInt64: String] = [:]
  private var recursive: Set<UInt64> = []
  private var fresh: [UInt64: String] = [:]
  private var places: [UInt64: String] = [:]

  init(_ plan: Plan) throws {
    for step in try PlanSteps(plan).steps { try take(step) }
  }

  private mutating func add(_ fields: String...) { lines.append(fields.joined(separator: "\t")) }

  private mutating func take(_ step: PlanSteps.Step) throws {
    switch step.name {
    case "openTree":
      trees[try step.number()] = try step.text("path")
      if step.flag("recursive") { recursive.insert(try step.number()) }
    case "cloneJail":
      guard try step.number("flags") | 0x80 == 0x7e02_0080 else { throw Failure("the floors have all eight namespaces, or none") }
      outside = UInt64(try step.text("uidMap").split(separator: " ")[1]) ?? 0
    case "become": add("identity", "\(try step.number("uid"))", "\(outside)")
    case "setHostName": add("hostname", try step.text())
    case "newFilesystem": try takeFilesystem(step)
    case "attach": try takeAttachment(step)
    case "makeSymlink":
      symlinks.append((try step.text("path"), try step.text("target")))
      add("symlink", try step.text("path"), try step.text("target"))
    case "makeDirectory": add("directory-at", try step.text("path"), "\(try step.number("mode"))")
    case "makeFile":
      let bytes = try step.numbers("bytes").map { UInt8($0) }
      files.append((try step.text("path"), bytes))
      add("file", try step.text("path"), "\(try step.number("mode"))", Self.hexadecimal(bytes))
    case "makeReadOnly":
      readOnly.append(try nameInProcfs(step))
      add("read-only", readOnly.last!)
    case "maskPath":
      masked.append(try nameInProcfs(step))
      add("mask", masked.last!)
    case "setSecureBits": add("securebits", "\(try step.number())")
    case "setUmask": add("umask", "\(try step.number())")
    case "changeDirectory": add("directory", try step.text())
    case "setResourceLimit":
      limits.append((try step.number("kind"), try step.number("soft"), try step.number("hard")))
      add("limit", "\(try step.number("kind"))", "\(try step.number("soft"))", "\(try step.number("hard"))")
    case "loadFilter":
      let bytes = try step.numbers().flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
      if step.stage == 2 { filters.append(bytes) }
      add(step.stage == 2 ? "filter" : "init-filter", Self.hexadecimal(bytes))
    case "execute": for line in try step.texts("environment") { add("environment", line) }
    case "limitBoundingSet" where try step.number("keep") == 0: break
    case "writeSysctl" where try step.text("path") == "user/max_user_namespaces": break
    // The floors leave these out: two writes that the library does and they do not.
    case "writeSysctl" where try step.text("path").hasPrefix("user/max_inotify_"): break
    case "raiseOpenFiles", "waitForMaps", "unshare", "newSessionKeyring", "forbidDumping", "makeMountsPrivate", "raiseLoopback",
      "attachRoot",
      "enterRoot", "setCapabilities", "setNoNewPrivileges", "startPayload", "newSession", "installDescriptors":
      break  // the floors do these of themselves
    default: throw Failure("the floors do not know the plan's step \(step.name)")
    }
  }

  private mutating func takeFilesystem(_ step: PlanSteps.Step) throws {
    let type = try step.text("type"), options = try step.texts("options").joined(separator: ",")
    // The root is the first; its attributes are the floor's own.
    if !lines.contains(where: { $0.hasPrefix("root\t") }) { return add("root", options) }
    // MOUNT_ATTR_NOSUID, NODEV and NOEXEC are MS_NOSUID, MS_NODEV and MS_NOEXEC.
    fresh[try step.number()] = "\(type)\t\(try step.number("attributes"))\t\(options)"
  }

  private mutating func takeAttachment(_ step: PlanSteps.Step) throws {
    let slot = try step.number(), path = try step.text("path")
    if let made = fresh[slot] {
      places[slot] = path
      return add("fresh", path, made)
    }
    guard let source = trees[slot] else { throw Failure("the plan attaches what it did not open") }
    guard try step.number("clear") == 0 else { throw Failure("the floors take no attribute away") }
    binds.append((source, path))
    add("bind", path, source, "\(try step.number("set"))", recursive.contains(slot) ? "1" : "0")
  }

  private func nameInProcfs(_ step: PlanSteps.Step) throws -> String {
    guard let place = places[try step.number("procfs")] else { throw Failure("the plan covers parts of what it did not attach") }
    return "\(place)/\(try step.text("name"))"
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes {
      if byte < 16 { text += "0" }
      text += String(byte, radix: 16)
    }
    return text
  }
}
