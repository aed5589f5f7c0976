/// A line of an ignore file that holds a pattern.
package struct IgnoreLine: Sendable, Equatable {
  /// Counted from 1.
  package let number: Int
  /// As it is understood: trimmed and cleaned, without the `!` of an exception.
  let pattern: [UInt8]
  package let isException: Bool
}
