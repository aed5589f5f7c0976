/// Regular files, each under its first name only, and the bytes that they hold.
package struct Totals: Sendable, Equatable {
  package var files: Int
  /// Stays at the greatest value where there are more.
  package var bytes: Int64

  package init(files: Int = 0, bytes: Int64 = 0) {
    self.files = files
    self.bytes = bytes
  }

  static func + (left: Totals, right: Totals) -> Totals {
    let (bytes, overflow) = left.bytes.addingReportingOverflow(right.bytes)
    return Totals(files: left.files + right.files, bytes: overflow ? .max : bytes)
  }

  /// Of a part that is within the whole.
  static func - (left: Totals, right: Totals) -> Totals {
    Totals(files: max(left.files - right.files, 0), bytes: max(left.bytes - right.bytes, 0))
  }

  static func += (left: inout Totals, right: Totals) { left = left + right }
  static func -= (left: inout Totals, right: Totals) { left = left - right }
}
