/// Why an ignore file cannot be used.
struct IgnoreFileError: Error, Equatable {
  /// Counted from 1.
  let line: Int
  /// The pattern as it is understood: trimmed and cleaned.
  let pattern: String
  let reason: IgnoreFileFault

  init(line: Int, pattern: [UInt8], reason: IgnoreFileFault) {
    self.line = line
    self.pattern = String(decoding: pattern.prefix(256), as: UTF8.self)
    self.reason = reason
  }
}

/// What is wrong with a line of an ignore file. Builders refuse the same lines.
package enum IgnoreFileFault: Error, Equatable, Sendable {
  /// 64 KiB or more.
  case lineTooLong
  /// A `!` with no pattern behind it.
  case exceptionWithoutPattern
  /// Not well formed by the rules of Go's `filepath.Match`: an open or empty class, a range without an end, a `\` at
  /// the end.
  case malformedPattern
  /// Well formed, but what it stands for as a regular expression is not: an open class, a range that runs
  /// backwards, an unknown escape or class name. Noticed only when a path has to be compared with it.
  case malformedExpression
}
