package import SandboxPlanning

/// How far the clocks of a jail are from the host's: time_namespaces(7), Linux 5.6.
///
/// They are written to /proc/self/timens_offsets after unshare(2) with CLONE_NEWTIME, in nanoseconds, and hold for the program
/// and what it starts, in /proc/uptime too. An offset that would make a clock negative, or larger than half of what 64 bits of
/// nanoseconds hold (146 years), is refused by the kernel at spawn (ERANGE).
///
/// The wall clock, CLOCK_REALTIME, is the machine's and cannot be set off. Nor does this hide how long the machine has been
/// up: the times of its files tell that, too.
public struct ClockOffsets: Hashable, Sendable {
  /// Of CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE and CLOCK_MONOTONIC_RAW; negative is earlier.
  public var monotonic: Duration
  /// Of CLOCK_BOOTTIME and CLOCK_BOOTTIME_ALARM, which /proc/uptime shows; negative is earlier.
  public var boot: Duration

  /// The host's own time, unless said otherwise: no offset.
  public init(monotonic: Duration = .zero, boot: Duration = .zero) {
    self.monotonic = monotonic
    self.boot = boot
  }

  /// What timens_offsets takes: seconds, and nanoseconds that count upwards from them.
  var lines: String {
    [("monotonic", monotonic), ("boottime", boot)].map { name, offset in
      let (seconds, attoseconds) = offset.components
      let nanoseconds = attoseconds / 1_000_000_000
      return nanoseconds < 0 ? "\(name) \(seconds - 1) \(nanoseconds + 1_000_000_000)\n" : "\(name) \(seconds) \(nanoseconds)\n"
    }.joined()
  }
}

extension ClockOffsets: TableCodable {
  package static var codedDefault: ClockOffsets { ClockOffsets() }

  package static var fields: [CodedField<ClockOffsets>] {
    [field("monotonic", \.monotonic), field("boot", \.boot)]
  }

  private static func field(_ name: String, _ property: WritableKeyPath<ClockOffsets, Duration>) -> CodedField<ClockOffsets> {
    CodedField(
      name, property, to: { $0 < .zero ? "-\((.zero - $0).text)" : $0.text },
      from: { text in
        let isNegative = text.hasPrefix("-")
        guard let size = Duration(text: isNegative ? String(text.dropFirst()) : text) else {
          throw CodedValueError("\"\(text)\" is no duration; write it as \"-10s\" (ns, us, ms, s, m, h)")
        }
        return isNegative ? .zero - size : size
      })
  }
}
