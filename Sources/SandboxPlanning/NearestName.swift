/// The name that a mistyped one was probably meant to be: at most a third of its letters differ.
package func nearestName(to name: String, among names: some Sequence<String>) -> String? {
  let limit = max(1, name.count / 3)
  let best = names.map { (name: $0, distance: editDistance(name.lowercased(), $0.lowercased())) }.min {
    $0.distance < $1.distance
  }
  guard let best, best.distance <= limit else { return nil }
  return best.name
}

/// How many letters must be inserted, removed or replaced.
private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let replaced = diagonal + (letter == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
