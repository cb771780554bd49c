import Glibc

/// A picture of a scenario: for times, a line from the shortest to the 90th percentile with a dot at the median, on a logarithmic
/// scale (so no bars, whose length would mean nothing there); for other numbers, bars from zero.
struct Chart {
  private let scenario: Scenario
  private let left = 380.0, right = 90.0, width = 1000.0, line = 24.0, top = 64.0

  /// Nil where there is nothing to draw.
  init?(_ scenario: Scenario) {
    guard !scenario.rows.isEmpty || !scenario.values.isEmpty else { return nil }
    self.scenario = scenario
  }

  var svg: String { scenario.rows.isEmpty ? bars : dots }

  private var plot: Double { width - left - right }

  private func page(_ height: Double, subtitle: String, _ body: [String]) -> String {
    let style = """
      text{font:13px 'DejaVu Sans',sans-serif;fill:#222}.t{font-size:17px;font-weight:bold}.s{fill:#666;font-size:12px}\
      .g{stroke:#ddd}.ours{fill:#c2410c;stroke:#c2410c}.floor{fill:#15803d;stroke:#15803d}.peer{fill:#1d4ed8;stroke:#1d4ed8}\
      .bare{fill:#6b7280;stroke:#6b7280}
      """
    return
      ([
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\">",
        "<style>\(style)</style><rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
        text(16, 26, scenario.title, "t"), text(16, 46, subtitle, "s"),
      ] + body + ["</svg>\n"]).joined(separator: "\n")
  }

  private func text(_ x: Double, _ y: Double, _ what: String, _ kind: String = "", anchor: String = "start") -> String {
    let safe = what.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    return "<text x=\"\(x)\" y=\"\(y)\" class=\"\(kind)\" text-anchor=\"\(anchor)\">\(safe)</text>"
  }

  private var dots: String {
    let rows = scenario.rows.sorted { $0.median < $1.median }
    let lowest = decade(below: rows.map(\.minimum).min() ?? 1), highest = max(rows.map(\.p90).max() ?? 10, lowest * 10)
    func x(_ value: Double) -> Double {
      left + plot * (logarithm(max(value, lowest)) - logarithm(lowest)) / (logarithm(highest) - logarithm(lowest))
    }
    let height = top + line * Double(rows.count) + 40
    var body: [String] = []
    for tick in ticks(lowest, highest) {
      body.append("<line class=\"g\" x1=\"\(x(tick))\" x2=\"\(x(tick))\" y1=\"\(top)\" y2=\"\(height - 32)\"/>")
      body.append(
        text(
          x(tick), height - 14, tick >= 1000 ? "\((tick / 1000).text(digits: 0)) ms" : "\(tick.text(digits: 0)) µs", "s",
          anchor: "middle"))
    }
    for (index, row) in rows.enumerated() {
      let y = top + line * (Double(index) + 0.5), kind = row.contender.group.rawValue
      body.append(text(left - 12, y + 4, row.contender.title, anchor: "end"))
      body.append(
        "<line class=\"\(kind)\" stroke-width=\"3\" stroke-opacity=\"0.4\" x1=\"\(x(row.minimum))\" x2=\"\(x(row.p90))\" y1=\"\(y)\" y2=\"\(y)\"/>"
      )
      body.append("<circle class=\"\(kind)\" cx=\"\(x(row.median))\" cy=\"\(y)\" r=\"5\"/>")
      let shown =
        row.median >= 10_000
        ? "\((row.median / 1000).text(digits: 1)) ms"
        : row.median >= 1000 ? "\((row.median / 1000).text(digits: 2)) ms" : "\(row.median.text(digits: 0)) µs"
      body.append(text(max(x(row.p90), x(row.median)) + 10, y + 4, shown))
    }
    return page(
      height,
      subtitle:
        "\(scenario.rounds) interleaved rounds; dot: median, line: minimum to 90th percentile, logarithmic. Orange: Sandbox, green: floors, blue: peers, grey: no jail.",
      body)
  }

  private var bars: String {
    let unit = scenario.values[0].unit
    let values = scenario.values.filter { $0.unit == unit && !$0.name.hasPrefix("step ") }.prefix(40)
    let most = values.map(\.value).max() ?? 1, height = top + line * Double(values.count) + 16
    let body = values.enumerated().flatMap { index, value in
      let y = top + line * Double(index), length = most > 0 ? max(0, plot * value.value / most) : 0
      let kind =
        value.name.hasPrefix("C") || value.name.hasPrefix("F")
        ? "floor"
        : bare.contains { value.name.hasPrefix($0) } ? "bare" : peers.contains { value.name.hasPrefix($0) } ? "peer" : "ours"
      return [
        text(left - 12, y + 16, value.name, anchor: "end"),
        "<rect class=\"\(kind)\" x=\"\(left)\" y=\"\(y + 4)\" width=\"\(length)\" height=\"\(line - 8)\"/>",
        text(left + length + 8, y + 16, "\(value.value.text(digits: value.value < 100 ? 1 : 0)) \(unit)"),
      ]
    }
    return page(height, subtitle: "Orange: Sandbox, green: floors, blue: peers, grey: no jail.", body)
  }

  private var peers: [String] { ["bubblewrap", "crun"] }
  private var bare: [String] { ["posix_spawn", "no jail"] }

  private func decade(below value: Double) -> Double {
    var decade = 1.0
    while decade * 10 <= value { decade *= 10 }
    return decade
  }

  private func ticks(_ lowest: Double, _ highest: Double) -> [Double] {
    var ticks: [Double] = [], decade = lowest
    while decade <= highest {
      ticks += [1, 2, 5].map { $0 * decade }.filter { $0 <= highest }
      decade *= 10
    }
    return ticks
  }
}

private func logarithm(_ value: Double) -> Double { log10(value) }
