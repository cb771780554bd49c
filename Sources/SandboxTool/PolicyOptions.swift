import ArgumentParser
import Sandbox
import StrictJSON
import SystemPackage

/// The options that make a policy; each says which part of it.
struct PolicyOptions: ParsableArguments {
  @Option(name: .customLong("policy"), help: .init("A policy as JSON, which the other options then change.", valueName: "file"))
  var policyFile: String?

  @OptionGroup(title: "Files") var mounts: MountOptions

  @Option(
    name: .customLong("chdir"),
    help: .init("Where the program begins; /tmp by default. (filesystem.workingDirectory)", valueName: "path"))
  var workingDirectory: String?

  @Option(name: .customLong("hostname"), help: .init("The jail's host name. (namespaces.hostName)", valueName: "name"))
  var hostName: String?

  @Option(
    name: .customLong("share"),
    help: .init(
      "Shares a namespace of the host's, network, ipc, uts, cgroup or time, for a reason. (namespaces)", valueName: "kind=reason")
  )
  var shared: [String] = []

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
    if mounts.hasEmptyRoot { sandbox.filesystem = .empty }
    sandbox.filesystem.mounts += mounts.inOrder
    if let workingDirectory { sandbox.filesystem.workingDirectory = workingDirectory }
    if let hostName { sandbox.namespaces.hostName = hostName }
    for text in shared { try share(text, in: &sandbox) }
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

  private func share(_ text: String, in sandbox: inout Sandbox) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let kinds = NamespacePolicy.sharings
    guard let row = kinds.first(where: { $0.kind.rawValue == parts[0] }) else {
      let names = kinds.map(\.kind.rawValue)
      let nearest = nearestName(to: parts[0], among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw ValidationError("--share: \"\(parts[0])\" is none of \(names.joined(separator: ", "))\(nearest)")
    }
    guard parts.count == 2 else { throw ValidationError("--share: say why, as --share \(parts[0])=\"a reason\"") }
    sandbox.namespaces[keyPath: row.property] = .host(because: parts[1])
    if row.kind == .uts, hostName == nil { sandbox.namespaces.hostName = NamespacePolicy().hostName }
  }
}
