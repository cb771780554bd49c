/// The name that a mistyped one was probably meant to be: at most a third of its letters differ.
package func nearestName(to name: String, among names: some Sequence<String>) -> String? {
  let limit = max(1, name.count / 3)
  let best = names.map { (name: $0, distance: editDistance(name.lowercased(), $0.lowercased())) }.min {
    $0.distance < $1.distance
  }
  guard let best, best.distance <= limit else { return nil }
  return best.name
}

/// How many letters must be inserted, removed, replaced, or swapped with their neighbour.
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
