/// Cuts a text at its line feeds and counts.
///
/// A line comes without its line feed and without the carriage returns before that. A line feed at the end of the text
/// opens no further line.
struct SourceLines {
  private var rest: ArraySlice<UInt8>
  /// Of the line returned last, 1-based; 0 before the first.
  private(set) var number = 0

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next() -> ArraySlice<UInt8>? {
    guard !rest.isEmpty else { return nil }
    number += 1
    var line = rest
    if let end = rest.firstIndex(of: 0x0A) {
      line = rest[..<end]
      rest = rest[(end + 1)...]
    } else {
      rest = rest[rest.endIndex...]
    }
    while line.last == 0x0D { line.removeLast() }
    return line
  }
}
