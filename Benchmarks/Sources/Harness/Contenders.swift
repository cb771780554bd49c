import Sandbox

/// What a contender is made of.
struct Setting: Sendable {
  /// Where the C programs are.
  let programs: String
  /// The tool `sandbox`, linked statically; nil where it was not built.
  let tool: String?
  let workplace: Workplace
  let specification: Specification
  /// The same as a file, for the floors.
  let specificationFile: String
  var burden = Burden.none
  var noop: String { "\(programs)/noop" }
}

/// A contender that may be made.
struct Maker {
  let description: Description
  let make: (Description) throws -> any Contender

  init(
    _ name: String, _ group: Description.Group, _ title: String, _ differs: String,
    make: @escaping (Description) throws -> any Contender
  ) {
    description = Description(name: name, group: group, title: title, differs: differs)
    self.make = make
  }
}

enum Contenders {
  static func all(_ setting: Setting) -> [Maker] {
    bare(setting) + floors(setting) + own(setting) + tool(setting) + peers(setting)
  }

  static func floors(_ setting: Setting) -> [Maker] {
    func floor(_ name: String, _ kind: String, _ title: String, _ differs: String) -> Maker {
      Maker(name, .floor, title, differs) {
        try FloorContender(
          kind, $0, programs: setting.programs, specification: setting.specificationFile,
          noop: kind == "base" ? setting.noop : insidePath, burden: setting.burden)
      }
    }
    return [
      floor(
        "C", "oneshot", "C: one-shot floor",
        "the tree that jails have in common was made beforehand; chroot instead of pivot_root"),
      floor(
        "C-unprepared", "oneshot-unprepared", "C, with the tree made by each spawn",
        "as a host must that has prepared nothing; chroot instead of pivot_root"),
      floor(
        "F-own", "launcher-own", "F: launcher floor, network namespace on the spot", "one launcher for all spawns, which parks"),
      floor(
        "F-ahead", "launcher-ahead", "F: launcher floor, network namespace made ahead",
        "one launcher for all spawns, which has each jail's network namespace before it is asked"),
      floor("P", "parked", "P: parked jail", "everything is made beforehand; the payload waits just before its program"),
    ]
  }

  static func bare(_ setting: Setting) -> [Maker] {
    [
      Maker("base", .bare, "clone3(CLONE_VM, CLONE_VFORK) + execve in C", "no jail at all") {
        try FloorContender(
          "base", $0, programs: setting.programs, specification: setting.specificationFile, noop: setting.noop,
          burden: setting.burden)
      },
      Maker("posix_spawn", .bare, "posix_spawn", "no jail at all") {
        CommandContender($0, payload: setting.noop) { $0 }
      },
      Maker("swift-subprocess", .bare, "swift-subprocess", "no jail at all; output discarded") { _ in
        SubprocessContender(program: setting.noop)
      },
    ]
  }

  static func tool(_ setting: Setting) -> [Maker] {
    [
      Maker("tool", .ours, "sandbox run -- …, the tool", "the whole process, linked statically; output is the caller's") {
        guard let tool = setting.tool else { throw Failure("the tool was not built (--tool PATH)") }
        return CommandContender($0, payload: insidePath) {
          [tool, "run", "--bind", "\(setting.noop):\(insidePath)", "--"] + $0
        }
      }
    ]
  }

  /// The tool without an option, and a program that the root has: by itself, since who runs the no-op needs a bind of it.
  static func toolWithoutOptions(_ setting: Setting) -> Maker {
    Maker("tool-true", .ours, "sandbox run -- /bin/true", "the whole process, linked statically; output is the caller's") {
      guard let tool = setting.tool else { throw Failure("the tool was not built (--tool PATH)") }
      return CommandContender($0, payload: insidePath) { [tool, "run", "--"] + trueOrFailing($0) }
    }
  }
}
