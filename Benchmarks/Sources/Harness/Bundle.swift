import FoundationEssentials
import Glibc

/// A bundle of the OCI's runtime-spec for crun and runc, as close to the closed box as it goes; and its root, for nspawn.
struct Bundle {
  let root: String
  let state: String
  /// With the no-op, and with the one that fails.
  let plain: String
  let failing: String

  init(for setting: Setting, named name: String, filtered: Bool) throws {
    let folder = "\(setting.workplace.path)/\(name)"
    (root, state, plain, failing) = ("\(folder)/root", "\(folder)/state", "\(folder)/plain", "\(folder)/failing")
    for path in [folder, root, state, plain, failing] { mkdir(path, 0o755) }
    let specification = setting.specification
    for path in ["/proc", "/dev", "/sys", "/tmp", "/run"] { mkdir(root + path, 0o755) }
    for bind in specification.binds where !bind.target.hasPrefix("/dev/") {
      var status = stat()
      stat(bind.source, &status)
      try makeParents(of: bind.target)
      if status.st_mode & S_IFMT == S_IFDIR { mkdir(root + bind.target, 0o755) } else { try write([], to: root + bind.target) }
    }
    for link in specification.symlinks where !link.path.hasPrefix("/dev/") {
      try makeParents(of: link.path)
      symlink(link.target, root + link.path)
    }
    for file in specification.files {
      try makeParents(of: file.path)
      try write(file.bytes, to: root + file.path)
    }
    for (folder, arguments) in [(plain, [Contenders.insidePath]), (failing, [Contenders.insidePath, "fail"])] {
      let configuration = Configuration(specification, root: root, arguments: arguments, filtered: filtered)
      try write(Array(try JSONEncoder().encode(configuration)), to: "\(folder)/config.json")
    }
  }

  private func makeParents(of path: String) throws {
    var made = root
    for part in path.split(separator: "/").dropLast() {
      made += "/\(part)"
      mkdir(made, 0o755)
    }
  }
}

/// config.json, as much as is used.
private struct Configuration: Encodable {
  struct User: Encodable { let uid = 1000, gid = 1000, umask = 18 }
  struct Capabilities: Encodable {
    let bounding: [String] = [], effective: [String] = [], permitted: [String] = [], inheritable: [String] = [],
      ambient: [String] = []
  }
  struct Limit: Encodable { let type: String, soft: UInt64, hard: UInt64 }
  struct Process: Encodable {
    let terminal = false, user = User(), args: [String], env = ["PATH=/usr/bin:/bin"], cwd = "/tmp"
    let capabilities = Capabilities(), rlimits: [Limit], noNewPrivileges = true
  }
  struct Root: Encodable { let path: String, readonly = true }
  struct Mount: Encodable { let destination: String, type: String, source: String, options: [String] }
  struct Namespace: Encodable { let type: String }
  struct Mapping: Encodable { let containerID = 0, hostID = 1_879_048_192, size = 65536 }
  struct Linux: Encodable {
    let uidMappings = [Mapping()], gidMappings = [Mapping()]
    let namespaces = ["pid", "network", "ipc", "uts", "mount", "user", "cgroup"].map { Namespace(type: $0) }
    let maskedPaths: [String], readonlyPaths: [String]
  }
  let ociVersion = "1.0.2"
  let process: Process, root: Root, hostname = "sandbox", mounts: [Mount], linux: Linux, annotations: [String: String]

  init(_ specification: Specification, root: String, arguments: [String], filtered: Bool) {
    let names: [UInt64: String] = [
      3: "RLIMIT_STACK", 4: "RLIMIT_CORE", 7: "RLIMIT_NOFILE", 8: "RLIMIT_MEMLOCK", 11: "RLIMIT_SIGPENDING",
      12: "RLIMIT_MSGQUEUE", 14: "RLIMIT_RTPRIO",
    ]
    process = Process(
      args: arguments,
      rlimits: specification.limits.compactMap { limit in
        names[limit.kind].map { Limit(type: $0, soft: limit.soft, hard: limit.hard) }
      })
    self.root = Root(path: root)
    mounts =
      [
        Mount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
        Mount(
          destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        Mount(
          destination: "/dev/pts", type: "devpts", source: "devpts",
          options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
        Mount(
          destination: "/dev/shm", type: "tmpfs", source: "shm",
          options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
        Mount(destination: "/tmp", type: "tmpfs", source: "tmp", options: ["nosuid", "nodev", "mode=1777", "size=262144k"]),
      ]
      + specification.binds.filter { !$0.target.hasPrefix("/dev/") }.map {
        Mount(destination: $0.target, type: "bind", source: $0.source, options: ["rbind", "ro", "nosuid", "nodev"])
      }
    linux = Linux(maskedPaths: specification.masked, readonlyPaths: specification.readOnly)
    annotations =
      filtered && !specification.filters.isEmpty
      ? ["run.oci.seccomp_bpf_data": Data(specification.filters[0]).base64EncodedString()] : [:]
  }
}
