internal import SandboxPlanning

extension RootfsBuilder {
  /// The symbolic mount, resolved against the host as it is.
  mutating func addHostSystem(from origin: PolicyPath) {
    for path in ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] { addSystemPath(path, from: origin) }
    for path in HostFiles.systemFiles { addSystemPath(path, from: origin) }
    addTimeZone(from: origin)
    // What the policy puts there itself counts.
    for (path, text) in syntheticFiles where !context.targets.contains(path) {
      addFile(at: path, contents: Array(text.utf8), mode: 0o644, from: origin)
    }
    if context.resolvesNames { addNameResolution(from: origin) }
  }

  /// Where the network is not the jail's own, programs find the names in it as the host's do: through its name servers. What
  /// the host has as a link (into /run, where systemd-resolved keeps it) is a file here.
  private mutating func addNameResolution(from origin: PolicyPath) {
    let path = HostFiles.nameServers
    guard context.files[path] != nil, !context.targets.contains(path) else { return }
    addTree(path, at: path, set: [.readOnly, .noSetUserID, .noDevices, .noExecution], from: origin)
  }

  /// What the host has as a link (/bin, since /usr was merged) is one inside.
  private mutating func addSystemPath(_ path: String, from origin: PolicyPath) {
    switch context.files[path]?.kind {
    case .symlink(let destination):
      shown.insert(path)
      addSymlink(at: path, to: destination, from: origin)
    case .directory, .file:
      shown.insert(path)
      addTree(path, at: path, set: [.readOnly, .noSetUserID, .noDevices], from: origin)
    case .other, nil: break
    }
  }

  private mutating func addTimeZone(from origin: PolicyPath) {
    switch context.files["/etc/localtime"]?.kind {
    // Only a link into /usr leads anywhere inside.
    case .symlink(let destination) where destination.hasPrefix("/usr/") || destination.hasPrefix("../usr/"):
      addSymlink(at: "/etc/localtime", to: destination, from: origin)
    case .file: addTree("/etc/localtime", at: "/etc/localtime", set: [.readOnly, .noSetUserID, .noDevices], from: origin)
    default: break
    }
  }

  /// Accounts and names that tell nothing about the host.
  private var syntheticFiles: [(path: String, text: String)] {
    let user = context.insideUser, group = context.insideGroup
    var passwd = "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
    if user != 0 { passwd += "sandbox:x:\(user):\(group):sandbox:/tmp:/bin/sh\n" }
    var groups = "root:x:0:\n"
    if group != 0 { groups += "sandbox:x:\(group):\n" }
    if !context.supplementaryGroups.isEmpty {
      var names: Set = ["root", "sandbox", "nogroup"], numbers: Set = [0, group, 65_534]
      for named in context.supplementaryGroups where names.insert(named.name).inserted && numbers.insert(named.id).inserted {
        groups += "\(named.name):x:\(named.id):\(user == 0 ? "root" : "sandbox")\n"
      }
    }
    return [
      ("/etc/passwd", passwd + "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
      ("/etc/group", groups + "nogroup:x:65534:\n"),
      ("/etc/hostname", context.hostName + "\n"),
      ("/etc/hosts", "127.0.0.1 localhost \(context.hostName)\n::1 localhost ip6-localhost ip6-loopback\n"),
      (
        "/etc/nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files\(context.resolvesNames ? " dns" : "")\nservices: files\nprotocols: files\n"
      ),
    ]
  }
}
