internal import Capabilities
internal import Credentials
public import SandboxPlanning

extension Sandbox {
  /// What holds of a jail that was asked for, and what does not.
  ///
  /// Everything that a policy asks for holds, or the call has thrown; but for ``gaps``.
  public struct Enforcement: Sendable, Hashable, CustomStringConvertible {
    /// A part of a policy, and a sentence about it.
    public struct Note: Sendable, Hashable, CustomStringConvertible {
      /// The part of the policy.
      public let path: PolicyPath
      /// What about it.
      public let reason: String

      init(path: PolicyPath, reason: String) {
        self.path = path
        self.reason = reason.printable
      }

      /// `credentials.groups: …`.
      public var description: String { "\(path): \(reason)" }
    }

    /// What the kernel cannot enforce here: the supplementary groups of an ordinary user, which a user namespace keeps; and of
    /// the scheduling, where the policy has some, what a program may undo.
    public let gaps: [Note]
    /// What the policy opens, with the caller's reasons.
    public let openings: [Note]
    /// Of a process that has entered, each part that is enforced, and how that was verified; of a jail that was spawned, nothing,
    /// since its steps are its report's.
    public let verified: [Note]

    init(gaps: [Note], openings: [Note], verified: [Note] = []) {
      self.gaps = gaps
      self.openings = openings
      self.verified = verified
    }

    /// The same, with what is opened elsewhere as well.
    func with(openings others: [Note]) -> Enforcement {
      Enforcement(gaps: gaps, openings: openings + others.filter { !openings.contains($0) }, verified: verified)
    }

    /// Whether everything holds.
    public var isComplete: Bool { gaps.isEmpty }

    /// A line a gap or an opening; `complete` where there are none.
    public var description: String {
      let lines = gaps.map { "not enforced: \($0)" } + openings.map { "opened: \($0)" }
      return lines.isEmpty ? "complete" : lines.joined(separator: "\n")
    }
  }

  /// What would hold of a jail for a command, and what would not, without making it.
  public func enforcement(for command: Command) throws(Sandbox.Error) -> Enforcement { enforcement(for: command, on: try host()) }

  /// What the root opens of the host.
  var filesystemOpenings: [Enforcement.Note] {
    filesystem.openings.map { .init(path: PolicyPath("filesystem").appending("\($0.path)"), reason: $0.reason) }
  }

  /// The ids of the host that the policy's maps give to the jail.
  private func mapOpenings(on host: Host) -> [Enforcement.Note] {
    let maps = idMaps(on: host)
    return [
      ("users", namespaces.users, maps.users, host.payloadUser), ("groups", namespaces.groups, maps.groups, host.payloadGroup),
    ].compactMap { name, map, lines, own in
      let ids = lines.filter { map != .payload && ($0.outside != own || $0.count > 1) }.map(\.outsideText).joined(separator: ", ")
      guard !ids.isEmpty else { return nil }
      return Enforcement.Note(
        path: PolicyPath("namespaces").appending(name), reason: "the jail has the host's \(name) \(ids)")
    }
  }

  func enforcement(for command: Command?, on host: Host) -> Enforcement {
    var gaps: [Enforcement.Note] = []
    if !dropsGroups(on: host), !host.supplementaryGroups.isEmpty {
      let groups = host.supplementaryGroups.map(String.init).joined(separator: ", ")
      gaps.append(
        .init(
          path: "credentials.groups",
          reason: "the kernel does not let an ordinary user drop supplementary groups: the jail can use files of \(groups)"))
    }
    var openings = namespaces.shared.map { shared in
      Enforcement.Note(path: PolicyPath("namespaces").appending(shared.kind.rawValue), reason: "the host's: \(shared.reason)")
    }
    openings += hostNamespaceOpenings(on: host)
    if asksForSubordinateIDs { openings += mapOpenings(on: host) }
    openings += namespaces.joined.map { joined in
      .init(
        path: PolicyPath("namespaces").appending(joined.kind.rawValue), reason: "that of \"\(joined.path)\": \(joined.reason)")
    }
    if host.isPrivileged {
      for (index, group) in credentials.groups.enumerated() {
        openings.append(
          .init(
            path: PolicyPath("credentials.groups").element(index), reason: "the jail has the rights of the host's group \(group)")
        )
      }
    }
    openings += capabilities.openings(onHost: namespaces.isShared(.user)).map { .init(path: "capabilities", reason: $0) }
    let scheduling = PolicyPath("scheduling")
    gaps += self.scheduling.gaps(raisesLimits: host.raisesLimits).map {
      .init(path: scheduling.appending($0.name), reason: $0.reason)
    }
    openings += self.scheduling.openings.map { .init(path: scheduling.appending($0.name), reason: $0.reason) }
    openings += (command?.joinedNamespaces ?? []).map {
      .init(path: PolicyPath("command.namespaces").appending($0.kind.rawValue), reason: "one that exists, by descriptor")
    }
    if case .off(let reason) = filter { openings.append(.init(path: "filter", reason: "no system call filter: \(reason)")) }
    openings += filesystemOpenings
    for (path, descriptor) in command?.handedDescriptors ?? [] {
      if let reason = descriptor.reopenableBecause {
        openings.append(.init(path: path, reason: "the jail can open it again for more than it was opened for: \(reason)"))
      }
    }
    for (number, descriptor) in (command?.descriptors ?? [:]).sorted(by: { $0.key < $1.key })
    where descriptor.reopenableBecause == nil && HandedDescriptor.isSocket(descriptor.number ?? CInt(number)) {
      openings.append(
        .init(
          path: PolicyPath("command.descriptors").element(number),
          reason: "a socket is handed over itself: the jail can make it not wait, end it and set its options, for all who have it"
        ))
    }
    return Enforcement(gaps: gaps, openings: openings)
  }
}
