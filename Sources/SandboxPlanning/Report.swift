internal import Jailer

/// What a jailer reported: each step's result and time, and how the payload ended.
package struct Report: Sendable, Hashable {
  package enum State: UInt32, Sendable {
    case launching, cloned, started, failed, ended, parked
  }

  package struct Step: Sendable, Hashable {
    package let ran: Bool
    /// The errno, or 0.
    package let error: CInt
    /// The number of the call that failed.
    package let call: Int
    package let nanoseconds: UInt64
  }

  /// Why EXECUTE failed, beyond its errno.
  package enum Detail: UInt32, Sendable {
    case none, isDirectory, noInterpreter, notRegular, killed
  }

  package let state: State
  package let failedStep: Int
  package let error: CInt
  package let call: Int
  package let detail: Detail
  package let head: [UInt8]
  package let jailPID: CInt
  package let endCode: CInt
  package let endStatus: CInt
  package let orphans: Int
  /// Whether the payload came to its own end; else the host asked for it.
  package let endedByPayload: Bool
  /// CLOCK_MONOTONIC, in nanoseconds.
  package let started, ended: UInt64
  package let userNanoseconds, systemNanoseconds: UInt64
  package let maxResidentKiB: UInt64
  package let steps: [Step]

  /// Reads the shared part of an arena; nil where it is none. It trusts no number in it beyond its bounds.
  package init?(_ bytes: [UInt8], stepCount: Int) {
    let fixed = MemoryLayout<jailer_report>.size
    guard bytes.count >= fixed + stepCount * MemoryLayout<jailer_step>.size else { return nil }
    let (report, steps) = bytes.withUnsafeBytes { bytes in
      (
        bytes.loadUnaligned(as: jailer_report.self),
        (0..<stepCount).map { index in
          let at = fixed + index * MemoryLayout<jailer_step>.size
          let step = bytes.loadUnaligned(fromByteOffset: at, as: jailer_step.self)
          return Step(ran: step.ran == 1, error: 0 &- step.error, call: Int(step.call), nanoseconds: step.nanoseconds)
        }
      )
    }
    guard let state = State(rawValue: report.state) else { return nil }
    self.state = state
    self.failedStep = Int(report.failed_step)
    self.error = 0 &- report.error
    self.call = Int(report.call)
    self.detail = Detail(rawValue: report.detail) ?? .none
    self.head = withUnsafeBytes(of: report.head) { Array($0) }
    self.jailPID = report.jail_pid
    self.endCode = report.end_code
    self.endStatus = report.end_status
    self.orphans = Int(report.orphans)
    self.endedByPayload = report.ended_by == JAILER_END_PAYLOAD.rawValue
    self.started = report.started
    self.ended = report.ended
    self.userNanoseconds = report.user_ns
    self.systemNanoseconds = report.system_ns
    self.maxResidentKiB = report.max_resident_kib
    self.steps = steps
  }

  /// The message that a jailer sent, or nil where it is none of the known ones.
  package enum Message: UInt32, Sendable {
    case cloned = 1, terminal, started, failed, parked, payload

    package init?(_ bytes: [UInt8]) {
      guard bytes.count == MemoryLayout<jailer_message>.size else { return nil }
      self.init(rawValue: bytes.withUnsafeBytes { $0.loadUnaligned(as: jailer_message.self).kind })
    }

    /// The errno of a failure that no report tells about: a parked launcher that could not read what it was asked.
    package static func errno(_ bytes: [UInt8]) -> CInt {
      guard bytes.count == MemoryLayout<jailer_message>.size else { return 0 }
      return bytes.withUnsafeBytes { 0 &- $0.loadUnaligned(as: jailer_message.self).pid }
    }
  }

  /// What an image that ended before it had a report meant by its exit status.
  package static func refusal(_ status: CInt) -> String? {
    switch status {
    case 101: "the arena could not be read"
    case 102: "the arena is of another version"
    case 103: "the arena's report lies outside of it"
    case 104: "the arena could not be mapped"
    case 105: "the plan is malformed"
    case 106, 107: "a descriptor of the plan is missing"
    default: nil
    }
  }

  /// What asks a parked launcher for a jail, with so many descriptors.
  package static func request(descriptors: Int) -> [UInt8] {
    let request = jailer_request(kind: JAILER_REQUEST_SPAWN, descriptors: UInt32(descriptors))
    return withUnsafeBytes(of: request) { Array($0) }
  }

  /// The signal that makes an init look at its orders.
  package static let wakeSignal = CInt(JAILER_SIGNAL_WAKE)

  /// Where the jail's number is in the shared part of an arena, in the launcher's pid namespace; 0 before its clone.
  package static let jailPIDOffset = MemoryLayout<jailer_report>.offset(of: \.jail_pid)!

  /// Where the orders are in the shared part of an arena: for signal n bit n - 1, and SIGKILL's for the end of everything.
  package static let ordersOffset = MemoryLayout<jailer_report>.offset(of: \.orders)!

  /// ``endCode`` of a payload that exited: `CLD_EXITED`. Any other means that ``endStatus`` is a signal.
  package static let exitedCode: CInt = 1

  /// The first bytes of the descriptors that every jailer gets: the plan's slots come after them.
  package static let firstSlot = Int(jailer_first_slot)
}
