/// Guesses which of some names a mistyped one was meant to be.
package enum NearestName {
  /// The candidate that the fewest changed, missing or added bytes turn into `name`; nil where a third of it and more
  /// would have to change.
  package static func of(_ name: String, among candidates: [String]) -> String? {
    let typed = Array(name.utf8.prefix(64))
    let best = candidates.map { ($0, distance(typed, Array($0.utf8))) }.min { $0.1 < $1.1 }
    guard let best, best.1 * 3 <= max(typed.count, 3) else { return nil }
    return best.0
  }

  /// Levenshtein's distance.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let changed = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
