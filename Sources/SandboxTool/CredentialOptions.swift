import ArgumentParser
import Sandbox

struct CredentialOptions: ParsableArguments {
  @Option(
    name: .customLong("uid"),
    help: .init("The user inside, by number or by the host's name; 1000 by default. (credentials.user)", valueName: "user"))
  var user: String?

  @Option(
    name: .customLong("gid"),
    help: .init("The group inside, by number or by the host's name; 1000 by default. (credentials.group)", valueName: "group"))
  var group: String?

  @Option(
    name: .customLong("groups"),
    help: .init(
      "Supplementary groups of the host, as audio,44; the jail has their rights. Root alone can give any. (credentials.groups)",
      valueName: "group,..."))
  var groups: String?

  @Flag(
    name: .customLong("keep-ids"),
    help: "Stays who the caller is; with --share user, or for exec. (credentials.keepsCurrent)")
  var keepsCurrent = false

  @Option(name: .customLong("umask"), help: .init("In octal; 022 by default. (credentials.umask)", valueName: "mask"))
  var umask: String?

  func apply(to policy: inout CredentialPolicy) throws {
    if keepsCurrent {
      guard user == nil, group == nil, groups == nil else {
        throw ValidationError("--keep-ids contradicts --uid, --gid and --groups")
      }
      policy.keepsCurrent = true
    }
    if let user { policy.user = CredentialID(parsing: user) }
    if let group { policy.group = CredentialID(parsing: group) }
    if let groups { policy.groups = groups.split(separator: ",").map { CredentialID(parsing: String($0)) } }
    if let umask {
      guard let mask = UInt32(octal: umask) else { throw ValidationError("--umask: \"\(umask)\" is no octal number, as 022") }
      policy.umask = mask
    }
  }
}
