/// A line of an ignore file that holds a pattern.
package struct IgnoreLine: Sendable, Equatable {
  /// Counted from 1.
  package let number: Int
  /// As it is understood: trimmed and cleaned, with its `!` in front if it is an exception. Escaped like the paths of a
  /// manifest, but for blanks; its first 256 bytes.
  package let pattern: String
  package let isException: Bool

  init(number: Int, pattern: [UInt8], isException: Bool) {
    self.number = number
    let text = ((isException ? [UInt8(ascii: "!")] : []) + pattern).prefix(256)
    let words = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    self.pattern = words.map { ContextPath.escaped($0) }.joined(separator: " ")
    self.isException = isException
  }
}
