extension Duration {
  /// `10s`, `1500ms`: the largest unit that leaves nothing over.
  package var text: String {
    let (seconds, attoseconds) = components
    // Of more than 292 years a fraction of a second says nothing.
    if attoseconds == 0 || seconds.magnitude > 9_000_000_000 { return "\(seconds)s" }
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    if nanoseconds % 1_000_000 == 0 { return "\(nanoseconds / 1_000_000)ms" }
    if nanoseconds % 1_000 == 0 { return "\(nanoseconds / 1_000)us" }
    return "\(nanoseconds)ns"
  }

  /// Reads `10s`, `1.5s`, `1500ms`, `2m`, `1h`, `10us`, `10ns`; nil where it is none of these.
  package init?(text: String) {
    let units: [(String, Double)] = [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)]
    for (suffix, factor) in units where text.hasSuffix(suffix) {
      let number = text.dropLast(suffix.count)
      guard number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let value = Double(number), value.isFinite,
        value * factor < 1e9
      else { continue }
      if suffix == "ns" || suffix == "us" || suffix == "ms", let whole = Int64(number) {
        self = suffix == "ns" ? .nanoseconds(whole) : suffix == "us" ? .microseconds(whole) : .milliseconds(whole)
      } else if let whole = Int64(number) {
        self = .seconds(whole * Int64(factor))
      } else {
        self = .nanoseconds(Int64((value * factor * 1e9).rounded()))
      }
      return
    }
    return nil
  }
}
