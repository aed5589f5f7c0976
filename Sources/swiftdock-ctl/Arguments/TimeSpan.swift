/// Lengths of time as people type them.
enum TimeSpan {
  /// In milliseconds: far more than anybody waits, and exact in JSON.
  private static let limit = 100_000_000_000_000

  /// The milliseconds of `90`, which are seconds, or of numbers with the units `h`, `m`, `s` and `ms`, as `1m30s`. nil
  /// for anything else.
  static func milliseconds(_ text: String) -> Int? {
    if let seconds = number(text[...]) { return within(seconds, times: 1_000) }
    var total = 0
    var rest = text[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest[digits.endIndex...]
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest[unit.endIndex...]
      let factors = ["h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1]
      guard let factor = factors[String(unit)], let number = number(digits), let part = within(number, times: factor)
      else { return nil }
      total += part
      guard total <= limit else { return nil }
    }
    return total
  }

  private static func number(_ digits: Substring) -> Int? {
    digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? Int(digits) : nil
  }

  private static func within(_ number: Int, times factor: Int) -> Int? {
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow || product > limit ? nil : product
  }
}
