/// How much a jail's /proc shows: proc(5).
public struct ProcOptions: Hashable, Sendable {
  /// What there is of it: all, or processes alone.
  public var subset: ProcSubset?
  /// Which processes each may look into; `nil` means all of the jail's, as far as ptrace(2) and their modes allow.
  public var hidepid: HidePID?

  /// A group of the jail's whose members look into every process of it, whatever ``hidepid`` says: `gid=`. By default none.
  public var group: UInt32?

  /// All of it, unless said otherwise.
  public init(subset: ProcSubset? = nil, hidepid: HidePID? = nil, group: UInt32? = nil) {
    self.subset = subset
    self.hidepid = hidepid
    self.group = group
  }

  /// As fsconfig(2) takes them.
  var mountOptions: [String] {
    (subset.map { ["subset=\($0.rawValue)"] } ?? []) + (hidepid.map { ["hidepid=\($0.rawValue)"] } ?? [])
      + (group.map { ["gid=\($0)"] } ?? [])
  }
}

/// A part of /proc: `subset=` (Linux 5.8).
public enum ProcSubset: String, Hashable, Sendable, CaseIterable, Codable {
  /// The directories of processes, self and thread-self: nothing about the machine, no sysctls.
  case pid
}

/// Who sees which processes: `hidepid=` (of one mount since Linux 5.8).
public enum HidePID: String, Hashable, Sendable, CaseIterable, Codable {
  /// Others' directories are there, and cannot be looked into.
  case noaccess
  /// Others' directories are not there.
  case invisible
  /// Only what ptrace(2) would be allowed is there.
  case ptraceable
}
