/// Guesses which of some names a mistyped one was meant to be.
package enum NearestName {
  private static let comparedBytes = 64

  /// The candidate that the fewest changed, missing, added or swapped bytes turn into `name`; nil where more than a
  /// third of it would have to change.
  package static func of(_ name: String, among candidates: [String]) -> String? {
    let typed = Array(name.utf8.prefix(comparedBytes))
    let best = candidates.map { ($0, distance(typed, Array($0.utf8.prefix(comparedBytes)))) }.min { $0.1 < $1.1 }
    guard let best, best.1 * 3 <= max(typed.count, 3) else { return nil }
    return best.0
  }

  /// Levenshtein's distance, with two neighbours that changed places counted once.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var before: [Int] = []
    var row = Array(0...right.count)
    for i in left.indices {
      var next = [i + 1]
      for j in right.indices {
        var least = min(row[j] + (left[i] == right[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { least = min(least, before[j - 1] + 1) }
        next.append(least)
      }
      (before, row) = (row, next)
    }
    return row[right.count]
  }
}
