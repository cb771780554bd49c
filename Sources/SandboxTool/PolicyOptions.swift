import ArgumentParser
import Sandbox
import StrictJSON
import SystemPackage

/// The options that make a policy; each says which part of it.
struct PolicyOptions: ParsableArguments {
  @Option(name: .customLong("policy"), help: .init("A policy as JSON, which the other options then change.", valueName: "file"))
  var policyFile: String?

  @OptionGroup(title: "Files") var mounts: MountOptions

  @OptionGroup(title: "Namespaces") var namespaces: NamespaceOptions
  @OptionGroup(title: "Users and groups") var credentials: CredentialOptions
  @OptionGroup(title: "Capabilities") var capabilities: CapabilityOptions
  @OptionGroup(title: "Limits and scheduling") var limits: LimitOptions

  @Option(name: .customLong("no-filter"), help: .init("No system call filter, for a reason. (filter)", valueName: "reason"))
  var noFilterReason: String?

  @Option(
    name: .customLong("deadline"),
    help: .init("Kills everything after so long: 10s, 1500ms, 2m. (deadline)", valueName: "duration"))
  var deadline: String?

  /// - Parameter standard: what the options change, where no file does.
  func sandbox(from standard: Sandbox = Sandbox()) throws -> Sandbox {
    var sandbox = try policyFile.map(Self.read) ?? standard
    try mounts.apply(to: &sandbox.filesystem)
    try namespaces.apply(to: &sandbox.namespaces)
    try credentials.apply(to: &sandbox.credentials)
    try capabilities.apply(to: &sandbox.capabilities)
    try limits.apply(to: &sandbox)
    if let noFilterReason { sandbox.filter = .off(because: noFilterReason) }
    if let deadline {
      guard let duration = Duration(text: deadline) else {
        throw ValidationError("--deadline: \"\(deadline)\" is no duration; write it as 10s, 1500ms or 2m")
      }
      sandbox.deadline = duration
    }
    return sandbox
  }

  private static func read(_ path: String) throws -> Sandbox {
    let bytes: [UInt8]
    do throws(ToolFailure) {
      bytes = try HostFile.contents(of: path)
    } catch {
      throw ToolFailure("--policy: \(error.message)")
    }
    do {
      return try StrictJSON.decode(Sandbox.self, from: bytes)
    } catch {
      throw ToolFailure("--policy: \(path): \(error)")
    }
  }
}
