/// The rows of the design, from the bottom up: a module imports what stands in a lower row, never its neighbour.
///
/// Modules to come have their place already, so that who makes one finds out where it belongs.
enum Layers {
  static let rows: [[String]] = [
    ["CSyscalls", "JailerEmbedder", "StrictJSON"],
    ["Jailer", "JailerImage", "SandboxKernel"],
    ["SandboxPlanning"],
    [
      "Namespaces", "Rootfs", "Credentials", "Capabilities", "ResourceLimits", "Seccomp", "Landlock", "SecurityModules",
      "Cgroups",
    ],
    ["Sandbox"],
    ["SandboxTool", "OCI", "SandboxTesting"],
  ]

  /// What not every module of a higher row may import, and who may.
  static let reserved: [String: Set<String>] = [
    // Reading JSON text is for those who are given some: a program that only writes `import Sandbox` does not build it.
    "StrictJSON": ["SandboxTool", "OCI"],
    // The image is run by whoever spawns; a mechanism only says what is to be done.
    "JailerImage": ["Sandbox"],
    // Unsafe code sits in the floor. A mechanism speaks of operations, not of opcodes and arenas.
    "Jailer": ["SandboxPlanning", "Sandbox"],
    "JailerEmbedder": [],
  ]

  /// What a module may import of its lower rows, where that is less than all of them.
  static let narrowed: [String: Set<String>] = [
    // The parent's side only: nothing of it is planned or runs in a jail.
    "Cgroups": ["SandboxKernel", "CSyscalls"]
  ]

  /// Modules of other packages and of the toolchain that anyone may import.
  static let common: Set<String> = ["SystemPackage", "Synchronization"]

  /// And those that only these may; what stands in neither table nobody imports, Foundation above all.
  static let foreign: [String: Set<String>] = [
    "FoundationEssentials": ["StrictJSON", "SandboxTool", "OCI"],
    "ArgumentParser": ["SandboxTool"],
    "Glibc": ["JailerEmbedder", "SandboxKernel", "SandboxTool"],
    "Musl": ["JailerEmbedder", "SandboxKernel", "SandboxTool"],
  ]

  static func row(of module: String) -> Int? { rows.firstIndex { $0.contains(module) } }

  /// Why `module` may not import `imported`; nil where it may.
  static func objection(to imported: String, in module: String) -> String? {
    guard let row = row(of: module) else { return "\(module) has no row in the table of layers" }
    guard let importedRow = Self.row(of: imported) else {
      if common.contains(imported) { return nil }
      guard let importers = foreign[imported] else { return "\(imported) is imported nowhere in this package" }
      return importers.contains(module) ? nil : "\(imported) is not for \(module)"
    }
    if importedRow >= row { return "\(imported) does not lie below \(module)" }
    if let importers = reserved[imported], !importers.contains(module) { return "\(imported) is not for \(module)" }
    if let allowed = narrowed[module], !allowed.contains(imported) { return "\(imported) is not for \(module)" }
    return nil
  }
}
