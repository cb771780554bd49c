/// A scenario as a person reads it.
extension Scenario {
  var table: String {
    var lines = ["", "\(title)"]
    if !rows.isEmpty {
      let floors = ["C", "F-own", "F-ahead"].filter { row($0) != nil }
      lines.append(
        (["contender".padded(to: 52), "median µs", "      min", "      p90", "      p99", "   CPU µs"]
          + floors.map { "/ \($0)".padded(toRight: 9) }).joined(separator: " "))
      for row in rows.sorted(by: { $0.median < $1.median }) {
        let numbers = [row.median, row.minimum, row.p90, row.p99, row.cpu].map { $0.text(digits: 0).padded(toRight: 9) }
        let ratios = floors.map { floor in
          (floor == row.contender.name ? "1.00" : row.ratios[floor]?.text(digits: 2) ?? "").padded(toRight: 9)
        }
        let ahead = row.ahead >= 20 ? "  (ahead \(row.ahead.text(digits: 0)) µs CPU)" : ""
        lines.append(([row.contender.title.padded(to: 52)] + numbers + ratios).joined(separator: " ") + ahead)
      }
    }
    for value in values {
      let least = value.least.map { ", at least \($0.text(digits: 1))" } ?? ""
      lines.append("\(value.name.padded(to: 72)) \(value.value.text(digits: 1).padded(toRight: 12)) \(value.unit)\(least)")
    }
    for (name, reason) in skipped.sorted(by: { $0.key < $1.key }) { lines.append("without \(name): \(reason)") }
    return lines.joined(separator: "\n")
  }
}

extension String {
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
  func padded(toRight width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

extension Double {
  func text(digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((self * Double(scale)).rounded())
    guard digits > 0 else { return String(scaled) }
    let fraction = String(abs(scaled % scale))
    return (scaled < 0 ? "-" : "") + "\(abs(scaled / scale))." + fraction.padded(toRight: digits).replacing(" ", with: "0")
  }
}
