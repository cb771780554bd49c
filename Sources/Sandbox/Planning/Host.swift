package import Capabilities
package import Credentials
internal import Namespaces
package import Rootfs
internal import SandboxKernel
internal import SystemPackage
internal import SandboxPlanning

extension Sandbox {
  /// What planning needs to know of the host: a value, so that a plan can be made and compared for any host.
  public struct Host: Sendable, Hashable {
    /// The effective user id of this process.
    public let uid: UInt32
    /// The effective group id of this process.
    public let gid: UInt32
    /// The supplementary groups of this process, without its primary one.
    public let supplementaryGroups: [UInt32]
    /// Whether this process is root with the right to give any id to others: CAP_SETUID and CAP_SETGID.
    public let isPrivileged: Bool
    /// Whether this process may copy mounts: CAP_SYS_ADMIN.
    let opensTrees: Bool
    /// What a jail can keep that shares this process's users: its effective set where it is root, else nothing.
    let capabilities: CapabilitySet
    /// Whether this process may raise hard limits: CAP_SYS_RESOURCE.
    let raisesLimits: Bool
    /// The ids that the payload has outside: as root, ones that nobody else on the machine has; else, the caller's.
    let payloadUser, payloadGroup: UInt32
    /// The files that the policy asks about.
    var files: HostFiles
    /// The names of its users and groups, where the policy names any.
    var accounts: HostAccounts
    /// The further ids that it gives the caller, where the policy asks for any.
    var subordinateUsers = SubordinateIDs(), subordinateGroups = SubordinateIDs()
    /// The ids that its user namespace has, where the policy keeps that; nil where they are not known.
    var mappedUsers, mappedGroups: [Range<UInt64>]?
    /// Whether it is this one, so that what nobody asked for yet can be looked up.
    private var isCurrent = false

    package init(
      uid: UInt32, gid: UInt32, supplementaryGroups: [UInt32] = [], isPrivileged: Bool, opensTrees: Bool, payloadUser: UInt32,
      payloadGroup: UInt32, files: HostFiles, accounts: HostAccounts = HostAccounts(), raisesLimits: Bool = false,
      capabilities: CapabilitySet? = nil
    ) {
      self.uid = uid
      self.gid = gid
      self.supplementaryGroups = supplementaryGroups
      self.isPrivileged = isPrivileged
      self.opensTrees = opensTrees
      self.raisesLimits = raisesLimits
      self.capabilities = isPrivileged && opensTrees ? capabilities ?? .all : .none
      self.payloadUser = payloadUser
      self.payloadGroup = payloadGroup
      self.files = files
      self.accounts = accounts
    }

    /// This process and this machine, as they are now.
    ///
    /// As root, the first call claims the ids of the payloads (`PayloadIdentity`).
    ///
    /// - Throws: ``Sandbox/Error`` of kind ``Error/Kind/host`` or ``Error/Kind/invalid`` where root has no id to give.
    public static var current: Host {
      get throws(Sandbox.Error) { try Host.current(asking: HostFiles.systemPaths, following: []) }
    }

    /// - Parameters:
    ///   - following: paths of which the thing behind a symbolic link counts.
    ///   - accounts: whether its account files are needed.
    ///   - programs: programs of which it is asked what they need.
    static func current(
      asking paths: [String], following: [String], accounts: Bool = false, programs: [String] = [],
      subordinateIDs: Bool = false, mappedIDs: Bool = false
    ) throws(Sandbox.Error) -> Host {
      try Sandbox.Error.translating {
        let identity = try ProcessIdentity.current()
        let holds: (Int) -> Bool = { identity.capabilities >> UInt64($0) & 1 == 1 }
        let setgid = 6, setuid = 7, sysAdmin = 21, sysResource = 24
        let isPrivileged = identity.uid == 0 && holds(setuid) && holds(setgid)
        let payload = isPrivileged ? try PayloadIdentity.claimed() : nil
        var entries: [String: HostFiles.Entry] = [:]
        for path in paths { entries[path] = entry(path, followed: false) }
        var files = HostFiles(entries)
        for path in following { files.followed[path] = followed(path, by: identity.uid) }
        var host = Host(
          uid: identity.uid, gid: identity.gid, supplementaryGroups: identity.groups, isPrivileged: isPrivileged,
          opensTrees: holds(sysAdmin), payloadUser: payload?.id ?? identity.uid, payloadGroup: payload?.id ?? identity.gid,
          files: files, raisesLimits: holds(sysResource), capabilities: CapabilitySet(mask: identity.capabilities))
        host.isCurrent = true
        for program in programs {
          // Each may be a stranger's, and take its time.
          if Task.isCancelled { throw Sandbox.Error.cancelled }
          host.files.programs[program] = ProgramClosure(of: program)
        }
        if accounts { host.accounts = try HostAccounts.current() }
        if subordinateIDs { try host.lookUpSubordinateIDs() }
        if mappedIDs { try host.lookUpMappedIDs() }
        return host
      }
    }

    /// The same host, with what a policy asks about: where it is this one, that is looked up.
    func knowing(_ sandbox: Sandbox) throws(Sandbox.Error) -> Host {
      guard isCurrent else { return self }
      var host = self
      if sandbox.credentials.namesAccounts {
        host.accounts = try Sandbox.Error.translating(at: "credentials") { try HostAccounts.current() }
      }
      if sandbox.asksForSubordinateIDs { try host.lookUpSubordinateIDs() }
      if sandbox.namespaces.isShared(.user) { try host.lookUpMappedIDs() }
      if sandbox.resolvesNames, host.files.entries[HostFiles.nameServers] == nil {
        host.files.entries[HostFiles.nameServers] = Self.entry(HostFiles.nameServers, followed: true)
      }
      for path in sandbox.filesystem.sources where host.files.followed[path] == nil {
        host.files.followed[path] = Self.followed(path, by: uid)
      }
      for program in sandbox.filesystem.programs { host.files.programs[program] = ProgramClosure(of: program) }
      host.lookAtWays(of: sandbox.filesystem)
      return host
    }

    private mutating func lookUpMappedIDs() throws(Sandbox.Error) {
      (mappedUsers, mappedGroups) = try Sandbox.Error.translating(at: "credentials") {
        (try PayloadIdentity.mappedIDs("/proc/self/uid_map"), try PayloadIdentity.mappedIDs("/proc/self/gid_map"))
      }
    }

    /// Where the mounts of a policy stand, through links of the host's.
    mutating func lookAtWays(of filesystem: RootfsPolicy) {
      files.ways = filesystem.ways(on: files) { HostPath.destination(ofLink: $0) }
    }

    static func subordinateIDs(in path: String, of names: Set<String>, by helper: String) throws -> SubordinateIDs {
      let directories = ["/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin"]
      let found = directories.lazy.map { "\($0)/\(helper)" }.first { HostPath.status($0, followed: true)?.kind == .file }
      guard HostPath.status(path, followed: true) != nil else { return SubordinateIDs(helper: found) }
      return SubordinateIDs(ranges: SubordinateIDs.ranges(of: try HostPath.text(of: path), names: names), helper: found)
    }

    /// What a path leads to now, and by which path without links.
    private static func followed(_ path: String, by uid: UInt32) -> HostFiles.Entry? {
      let resolution: HostPath.Resolution
      do throws(HostPath.Dead) { resolution = try HostPath.resolution(of: path) } catch { return nil }
      guard var entry = entry(resolution.real, followed: true) else { return nil }
      entry.real = resolution.real
      entry.misledBy = resolution.misleadingLink(for: uid)?.uid
      return entry
    }

    private static func entry(_ path: String, followed: Bool) -> HostFiles.Entry? {
      guard let status = HostPath.status(path, followed: followed) else { return nil }
      let kind: HostFiles.Kind
      switch status.kind {
      case .file: kind = .file
      case .directory: kind = .directory
      case .symlink: kind = .symlink(to: HostPath.destination(ofLink: path) ?? "")
      case .characterDevice: kind = .other("character device")
      case .blockDevice: kind = .other("block device")
      case .fifo: kind = .other("fifo")
      case .socket: kind = .other("socket")
      case .unknown: kind = .other("file of an unknown kind")
      }
      // Of the system's own paths nobody asks whether they can be written.
      return HostFiles.Entry(kind, uid: status.uid, gid: status.gid, isWritable: followed && HostPath.isWritable(path))
    }
  }
}

extension Sandbox.Error {
  /// Runs what throws this error or a system call's, and throws this error.
  static func translating<Result>(at path: PolicyPath? = nil, _ body: () throws -> Result) throws(Sandbox.Error) -> Result {
    do {
      return try body()
    } catch let error as Sandbox.Error {
      throw error
    } catch let error as SystemCallError {
      throw Sandbox.Error(error, at: path)
    } catch {
      preconditionFailure("nothing else is thrown here: \(error)")
    }
  }

  /// A call of the host's process that failed.
  init(_ error: SystemCallError, at path: PolicyPath? = nil) {
    // No part of a policy asks for the image that makes the jail, or for the process that runs it.
    let isJailers = ["memfd_create", "execveat", "clone3"].contains(error.call)
    let advice = Self.advice(for: error)
    self.init(
      .host, problems: [Problem(path ?? (isJailers ? "jailer" : ""), error.description, hint: advice?.text)],
      call: error.call, errno: error.errno.rawValue, cause: advice?.cause)
  }

  private static func advice(for error: SystemCallError) -> Advice? {
    switch (error.call, error.errno.rawValue) {
    case (_, 24): Advice(.limit, "this process has too many open files: raise its soft limit (ulimit -n), or close some")
    case (_, 23): Advice(.limit, "the machine has too many open files: sysctl fs.file-max")
    case ("clone3", 11):
      Advice(.limit, "the limit of processes is reached: ulimit -u of this user, or sysctl kernel.pid_max")
    case ("clone3", 38):
      Advice(
        HostPath.isFiltered ? .filter : .kernel,
        "the kernel has no clone3(2) (Linux 5.3), or a system call filter above this process hides it: run it without")
    case (_, 12): Advice(.limit, "the machine, or this process's cgroup, has no memory left")
    case ("memfd_create", 13), ("execveat", 13), ("memfd_create", 1), ("execveat", 1): memoryImageAdvice
    case ("open", 2) where error.arguments.hasPrefix("\"/proc/"):
      Advice(.missingProc, "the host needs a /proc: mount -t proc proc /proc")
    default: nil
    }
  }

  /// The jailer is run from a memfd.
  private static var memoryImageAdvice: Advice {
    let file = "or write it to a file, and name that: Sandbox.Jailer, sandbox jailer FILE and run --jailer FILE"
    if HostPath.sysctl("vm/memfd_noexec") == "2" {
      return Advice(
        .sysctl,
        "the host forbids memfds that may be executed, and the jailer is one: sysctl vm.memfd_noexec=1, in this pid "
          + "namespace and those above it; \(file)")
    }
    // A profile that does not know the memfd's path would refuse the jail's own mounts, too: a file does not help there.
    if let profile = HostPath.profile {
      return Advice(
        .securityModule,
        "the AppArmor profile \"\(profile)\" forbids this process to execute a memfd, and the jailer is one: a profile for "
          + "this program with flags=(unconfined) { userns, } allows it")
    }
    return Advice(
      .securityModule,
      "a security module forbids this process to execute a memfd, and the jailer is one: its policy must allow it, \(file)")
  }
}
