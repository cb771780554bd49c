internal import Capabilities
internal import Credentials
internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

extension Sandbox {
  /// What this process is before it enters: what it may still do, and what it must not lose again.
  struct EntryState: Sendable, Hashable {
    /// Whether its threads can be looked at. Without a /proc nothing can be done that is a thread's own.
    var hasProc: Bool
    var threads = 1
    /// Of all threads; nil where they differ.
    var user, group: UInt32?
    var groups: [UInt32]?
    /// What every thread has.
    var effective, permitted: CapabilitySet
    /// What any thread has.
    var inheritable, bounding, ambient: CapabilitySet
    var secureBits: SecureBits
    var noNewPrivileges: Bool
    var isFiltered: Bool
    /// A thread that has more system call filters than this one, and so takes none of it.
    var filteredThread: Int?
    /// Those of its user namespace; nil where there is no /proc that says it.
    var mappedUsers, mappedGroups: [Range<UInt64>]?
    /// nil where it cannot be read, and was never entered.
    var umask: UInt32?
    /// Whether this process has entered before, so that less is a mistake.
    var hasEntered: Bool

    static func current() throws(Sandbox.Error) -> EntryState {
      try Sandbox.Error.translating {
        let rights = try ThreadRights.current()
        var state = EntryState(
          hasProc: false, user: rights.user, group: rights.group, groups: rights.groups,
          effective: CapabilitySet(mask: rights.effective), permitted: CapabilitySet(mask: rights.permitted),
          inheritable: CapabilitySet(mask: rights.inheritable), bounding: CapabilitySet(mask: rights.bounding),
          ambient: CapabilitySet(mask: rights.ambient), secureBits: SecureBits(rawValue: rights.secureBits),
          noNewPrivileges: rights.noNewPrivileges, isFiltered: rights.isFiltered, umask: EntryRecord.umask,
          hasEntered: EntryRecord.hasEntered)
        guard let tasks = try tasks() else { return state }
        state.hasProc = true
        state.mappedUsers = try PayloadIdentity.mappedIDs("/proc/self/uid_map")
        state.mappedGroups = try PayloadIdentity.mappedIDs("/proc/self/gid_map")
        state.threads = tasks.count
        var filtered: [(tid: Int, count: Int)] = []
        for tid in tasks {
          guard let status = try status(of: tid), !status.contains("\nState:\tZ") else { continue }
          guard let capabilities = CapabilityState(status: status), let credentials = CredentialState(status: status) else {
            throw SystemCallError("read", "\"/proc/self/task/\(tid)/status\"", errno: Errno(rawValue: 71))  // EPROTO
          }
          state.add(capabilities, credentials, isFiltered: status.contains("\nSeccomp:\t2\n"))
          filtered.append((tid, filters(in: status)))
        }
        // Last: another thread that enters meanwhile gives its filter to this one too.
        let own = filters(in: try HostPath.text(of: "/proc/thread-self/status"))
        state.filteredThread = filtered.first { $0.count > own }?.tid
        return state
      }
    }

    /// nil where there is no /proc of this process's; where there is one that cannot be read, as for want of descriptors, that is
    /// an error, and not less to be done.
    private static func tasks() throws(SystemCallError) -> [Int]? {
      guard HostPath.destination(ofLink: "/proc/self") == "\(ProcessIdentity.pid)" else { return nil }
      return try HostPath.numbers(in: "/proc/self/task")
    }

    /// nil where it has ended meanwhile; of one that lives, not to know is an error.
    private static func status(of tid: Int) throws(SystemCallError) -> String? {
      do throws(SystemCallError) {
        return try HostPath.text(of: "/proc/self/task/\(tid)/status")
      } catch {
        if error.errno == .noSuchFileOrDirectory || error.errno == .noSuchProcess { return nil }
        throw error
      }
    }

    /// How many it has: Linux 5.9.
    private static func filters(in status: String?) -> Int {
      let line = status?.split(separator: "\n").first { $0.hasPrefix("Seccomp_filters:\t") }
      return line.flatMap { Int($0.dropFirst("Seccomp_filters:\t".count)) } ?? 0
    }

    private mutating func add(_ capabilities: CapabilityState, _ credentials: CredentialState, isFiltered: Bool) {
      func same(_ ids: CredentialState.IDs, as id: UInt32?) -> UInt32? {
        Set([ids.real, ids.effective, ids.saved, ids.filesystem]) == [id] ? id : nil
      }
      umask = credentials.umask ?? umask
      user = same(credentials.user, as: user)
      group = same(credentials.group, as: group)
      if credentials.groups.sorted() != groups { groups = nil }
      effective = effective.intersection(capabilities.effective)
      permitted = permitted.intersection(capabilities.permitted)
      inheritable = inheritable.union(capabilities.inheritable)
      bounding = bounding.union(capabilities.bounding)
      ambient = ambient.union(capabilities.ambient)
      noNewPrivileges = noNewPrivileges && capabilities.noNewPrivileges
      self.isFiltered = self.isFiltered || isFiltered
    }

    func has(_ capability: Capability) -> Bool { effective.contains(capability) }
  }
}
