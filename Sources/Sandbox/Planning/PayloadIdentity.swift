internal import SandboxKernel
internal import SandboxPlanning

extension Sandbox {
  /// The user and group id that this process's payloads have outside of their jails, where root spawns them: a number that
  /// no account has, and no other process on the machine gives to its payloads. (Decision 2 has the reasons.)
  ///
  /// It is drawn at random and claimed by an abstract socket. The claim ends with the last process that holds the socket:
  /// this one, and the init of each of its jails, so that it outlives the host as long as a jail does.
  struct PayloadIdentity: Sendable {
    let id: UInt32
    let claim: SharedDescriptor

    /// Above what systemd gives to its containers, below what it calls foreign, and within what a signed number holds.
    static let range: Range<UInt32> = 0x7000_0000..<0x7ff0_0000

    private static let current = Locked<(pid: CInt, identity: PayloadIdentity)?>(nil)

    /// The identity of this process, claimed by the first call. (A forked child of the host claims its own.)
    static func claimed() throws(Sandbox.Error) -> PayloadIdentity {
      try current.withLock { claimed throws(Sandbox.Error) in
        if let claimed, claimed.pid == ProcessIdentity.pid { return claimed.identity }
        let identity = try claim()
        claimed = (ProcessIdentity.pid, identity)
        return identity
      }
    }

    private static func claim() throws(Sandbox.Error) -> PayloadIdentity {
      try Sandbox.Error.translating(at: "credentials") {
        let uids = try mappedIDs("/proc/self/uid_map")
        let gids = try mappedIDs("/proc/self/gid_map")
        guard let candidates = candidates(uids: uids, gids: gids) else {
          throw Sandbox.Error.invalid([
            Problem(
              "credentials",
              "this process is root of a user namespace that has no id to give to the payload, which must not be root's",
              hint: "map more ids, as /etc/subuid and newuidmap do, or spawn as an ordinary user")
          ])
        }
        for _ in 0..<1000 {
          let id = candidates.lowerBound + (try AbstractSocket.random()) % UInt32(candidates.count)
          if let socket = try AbstractSocket.claim("sandbox-payload-\(id)") {
            return PayloadIdentity(id: id, claim: SharedDescriptor(socket))
          }
        }
        throw Sandbox.Error.invalid([
          Problem("credentials", "every id for a payload is in use: \(candidates)", hint: "map more ids")
        ])
      }
    }

    /// The ids that this process's user namespace has.
    static func mappedIDs(_ path: String) throws(SystemCallError) -> [Range<UInt64>] {
      try HostPath.text(of: path).split(separator: "\n").compactMap { line in
        let numbers = line.split(separator: " ").compactMap { UInt64($0) }
        return numbers.count == 3 ? numbers[0]..<numbers[0] + numbers[2] : nil
      }
    }

    /// The range where the namespace has it, as the initial one does; else the upper half of the largest range of a
    /// container's, where its own accounts are not.
    static func candidates(uids: [Range<UInt64>], gids: [Range<UInt64>]) -> Range<UInt32>? {
      let wanted = UInt64(range.lowerBound)..<UInt64(range.upperBound)
      let both = uids.flatMap { uid in gids.map { uid.clamped(to: $0) } }.filter { !$0.isEmpty }
      if let usual = both.map({ $0.clamped(to: wanted) }).max(by: { $0.count < $1.count }), !usual.isEmpty {
        return UInt32(usual.lowerBound)..<UInt32(usual.upperBound)
      }
      // Never 0, and never the overflow id.
      let usable = both.map { $0.clamped(to: 1..<65_534) }.max { $0.count < $1.count }
      guard let usable, !usable.isEmpty else { return nil }
      let middle = usable.lowerBound + UInt64(usable.count / 2)
      return UInt32(middle)..<UInt32(usable.upperBound)
    }
  }
}
