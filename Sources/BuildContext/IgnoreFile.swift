/// The lines of an ignore file that are patterns, as builders read them.
///
/// A `#` in the first column makes a comment; white space at both ends is dropped, also behind a leading `!`; the
/// pattern is cleaned as a path, and one leading `/` is dropped. There is nothing of gitignore in it: a pattern
/// without `/` counts at the root only, and a `/` at the end does not ask for a directory.
struct IgnoreFile: Equatable {
  struct Line: Equatable {
    /// Counted from 1.
    let number: Int
    /// Never empty; with its `!` in front if it is an exception.
    let pattern: [UInt8]
  }

  /// The longest line, without its LF, is one byte shorter.
  static let lineSizeLimit = 64 * 1024

  let lines: [Line]

  init(lines: [Line]) { self.lines = lines }

  init(reading bytes: [UInt8]) throws(IgnoreFileError) {
    var lines: [Line] = []
    var rest = bytes[...]
    var number = 0
    while !rest.isEmpty {
      number += 1
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      var text = rest[..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      guard text.count < Self.lineSizeLimit else {
        throw IgnoreFileError(line: number, pattern: Array(text.prefix(64)), reason: .lineTooLong)
      }
      if text.last == UInt8(ascii: "\r") { text.removeLast() }
      if number == 1, text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
      if let pattern = Self.pattern(of: Array(text)) { lines.append(Line(number: number, pattern: pattern)) }
    }
    self.lines = lines
  }

  private static func pattern(of text: [UInt8]) -> [UInt8]? {
    guard text.first != UInt8(ascii: "#") else { return nil }
    var pattern = LenientUTF8.trimmingWhiteSpace(text)
    guard !pattern.isEmpty else { return nil }
    let isException = pattern.first == UInt8(ascii: "!")
    if isException { pattern = LenientUTF8.trimmingWhiteSpace(Array(pattern.dropFirst())) }
    if !pattern.isEmpty {
      pattern = LexicalPath.clean(pattern)
      if pattern.count > 1, pattern.first == LexicalPath.slash { pattern.removeFirst() }
    }
    return isException ? [UInt8(ascii: "!")] + pattern : pattern
  }
}
