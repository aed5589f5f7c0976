/// Sizes as docker shows them: powers of 1,000, three digits.
enum ByteCount {
  static func text(_ bytes: Int) -> String {
    var value = max(bytes, 0)
    guard value >= 1_000 else { return "\(value)B" }
    var unit = 0
    var rest = 0
    while value >= 1_000, unit < 4 {
      rest = value % 1_000
      value /= 1_000
      unit += 1
    }
    let name = ["", "kB", "MB", "GB", "TB"][unit]
    return value >= 100 ? "\(value)\(name)" : "\(value).\(rest / 100)\(name)"
  }
}
