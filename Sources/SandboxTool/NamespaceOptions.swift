import ArgumentParser
import Sandbox

/// What the jail has of its own, what it shares, and whose ids it has.
struct NamespaceOptions: ParsableArguments {
  @Option(name: .customLong("hostname"), help: .init("The jail's host name. (namespaces.hostName)", valueName: "name"))
  var hostName: String?

  @Option(name: .customLong("domainname"), help: .init("The jail's NIS domain name. (namespaces.domainName)", valueName: "name"))
  var domainName: String?

  @Option(
    name: .customLong("share"),
    help: .init(
      "Shares a namespace of the host's, user, mount, pid, network, ipc, uts, cgroup or time, for a reason. (namespaces)",
      valueName: "kind=reason")
  )
  var shared: [String] = []

  @Option(
    name: .customLong("join"),
    help: .init(
      "Joins an existing namespace by its file, network=/run/netns/blue, for a reason. (namespaces)",
      valueName: "kind=path=reason"))
  var joined: [String] = []

  @Option(
    name: .customLong("uid-map"),
    help: .init(
      "Users of the host that the jail has; or \"subordinate\", those of /etc/subuid. (namespaces.users)",
      valueName: "inside:outside[:count]"))
  var users: [String] = []

  @Option(
    name: .customLong("gid-map"),
    help: .init(
      "Groups of the host that the jail has; or \"subordinate\", those of /etc/subgid. (namespaces.groups)",
      valueName: "inside:outside[:count]"))
  var groups: [String] = []

  @Option(
    name: .customLong("clock-offset"),
    help: .init(
      "Sets a clock off, monotonic=1h or boot=-90s. (namespaces.clockOffsets)", valueName: "clock=duration"))
  var clockOffsets: [String] = []

  @Option(
    name: .customLong("sysctl"),
    help: .init("A setting of the jail's own namespaces, net.ipv4.ip_forward=1. (namespaces.sysctls)", valueName: "name=value"))
  var sysctls: [String] = []

  func apply(to policy: inout NamespacePolicy) throws {
    if let hostName { policy.hostName = hostName }
    if let domainName { policy.domainName = domainName }
    for text in shared {
      let (property, kind, rest) = try Self.kind(of: text, among: NamespacePolicy.all, option: "--share")
      guard let reason = rest else { throw ValidationError("--share: say why, as --share \(kind.rawValue)=\"a reason\"") }
      try set(property, kind, .host(because: reason), in: &policy)
    }
    for text in joined {
      let (property, kind, rest) = try Self.kind(of: text, among: NamespacePolicy.sharings, option: "--join")
      let parts = rest?.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init) ?? []
      guard parts.count == 2 else {
        throw ValidationError("--join: say which and why, as --join \(kind.rawValue)=/path/of/its/file=\"a reason\"")
      }
      try set(property, kind, .existing(at: parts[0], because: parts[1]), in: &policy)
    }
    if !users.isEmpty { policy.users = try Self.map(users, option: "--uid-map") }
    if !groups.isEmpty { policy.groups = try Self.map(groups, option: "--gid-map") }
    for text in clockOffsets { try setClock(text, in: &policy) }
    for text in sysctls {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw ValidationError("--sysctl: \"\(text)\" is not name=value") }
      policy.sysctls[parts[0]] = parts[1]
    }
  }

  private typealias Property = WritableKeyPath<NamespacePolicy, NamespacePolicy.Sharing>

  private static func kind(
    of text: String, among kinds: [(kind: Namespace, property: Property)], option: String
  ) throws -> (property: Property, kind: Namespace, rest: String?) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let row = kinds.first(where: { $0.kind.rawValue == parts[0] }) else {
      let names = kinds.map(\.kind.rawValue)
      let nearest = nearestName(to: parts[0], among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw ValidationError("\(option): \"\(parts[0])\" is none of \(names.joined(separator: ", "))\(nearest)")
    }
    return (row.property, row.kind, parts.count == 2 ? parts[1] : nil)
  }

  private func set(
    _ property: Property, _ kind: Namespace, _ sharing: NamespacePolicy.Sharing, in policy: inout NamespacePolicy
  ) throws {
    let named = shared.count { $0.hasPrefix("\(kind.rawValue)=") } + joined.count { $0.hasPrefix("\(kind.rawValue)=") }
    guard named == 1 else { throw ValidationError("--share and --join name \(kind.rawValue) more than once") }
    policy[keyPath: property] = sharing
    if kind == .uts, hostName == nil { policy.hostName = NamespacePolicy().hostName }
  }

  private static func map(_ texts: [String], option: String) throws -> IDMap {
    if texts == ["subordinate"] { return .subordinate }
    return .mappings(
      try texts.map { text in
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
        guard (2...3).contains(numbers.count), let inside = numbers[0], let outside = numbers[1],
          let count = numbers.count == 3 ? numbers[2] : 1
        else {
          throw ValidationError("\(option): \"\(text)\" is not inside:outside[:count], as 0:100000:65536, nor \"subordinate\"")
        }
        return IDMapping(inside: inside, outside: outside, count: count)
      })
  }

  private func setClock(_ text: String, in policy: inout NamespacePolicy) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let clocks: [String: WritableKeyPath<NamespacePolicy, Duration>] = [
      "monotonic": \.clockOffsets.monotonic, "boot": \.clockOffsets.boot,
    ]
    guard let clock = clocks[parts[0]] else {
      let nearest = nearestName(to: parts[0], among: clocks.keys.sorted()).map { "; did you mean \"\($0)\"?" } ?? ""
      throw ValidationError("--clock-offset: \"\(parts[0])\" is neither monotonic nor boot\(nearest)")
    }
    let size = parts.count == 2 ? parts[1] : ""
    let isNegative = size.hasPrefix("-")
    guard let duration = Duration(text: isNegative ? String(size.dropFirst()) : size) else {
      throw ValidationError("--clock-offset: \"\(text)\" is not clock=duration, as monotonic=1h or boot=-90s")
    }
    policy[keyPath: clock] = isNegative ? .zero - duration : duration
  }
}
