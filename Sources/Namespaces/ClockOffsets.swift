package import SandboxPlanning

/// How far the clocks of a jail are from the host's: time_namespaces(7), Linux 5.6.
///
/// The wall clock, CLOCK_REALTIME, is the machine's and cannot be set off. An offset that would make a clock negative is
/// refused by the kernel (ERANGE), at spawn.
public struct ClockOffsets: Hashable, Sendable {
  /// Of CLOCK_MONOTONIC and its kin.
  public var monotonic: Duration
  /// Of CLOCK_BOOTTIME, which /proc/uptime shows.
  public var boot: Duration

  /// The host's own time, unless said otherwise.
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
