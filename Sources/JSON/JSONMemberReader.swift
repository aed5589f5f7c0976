/// Reads the members of the object that a text begins with, in their order, so that a reader who knows their names makes no
/// object of them. Takes nothing that `JSONParser` does not take, apart from names that are there twice, which are for
/// the caller to notice.
///
/// For each member `hasEnded`, `isNext`, and `value` or `plainString`; what throws ends the reading.
package struct JSONMemberReader {
  private var parser: JSONParser
  private var isFirst = true

  /// nil where the text begins otherwise than an object does. The bytes have to stay where they are meanwhile.
  package init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    parser = JSONParser(bytes: bytes, depthLimit: JSONParser.defaultDepthLimit)
    parser.skipWhiteSpace()
    guard parser.position < bytes.count, bytes[parser.position] == UInt8(ascii: "{") else { return nil }
    parser.position += 1
  }

  /// Where the next byte to be read is in the text.
  package var position: Int { parser.position }

  /// Whether what was read is more than one line.
  package var hasPassedLineFeed: Bool { parser.hasPassedLineFeed }

  /// Whether the text has ended, but for white space.
  package var isAtEnd: Bool {
    var rest = parser
    rest.skipWhiteSpace()
    return rest.position == rest.bytes.count
  }

  /// Whether the next member's name is written like this, which is then passed over.
  ///
  /// - Parameter name: with its quotation marks, and the colon.
  package mutating func isNext(_ name: StaticString) -> Bool {
    let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    guard parser.bytes.count - parser.position >= name.count else { return false }
    let next = UnsafeBufferPointer(rebasing: parser.bytes[parser.position..<parser.position + name.count])
    guard JSONStringBytes.areSame(next, name) else { return false }
    parser.position += name.count
    parser.skipWhiteSpace()
    return true
  }

  package mutating func value() throws(JSONError) -> JSONValue { try parser.value(depth: 1) }

  /// Where the bytes of a value are in the text that is a string without escapes; without quotation marks, and not known to
  /// be UTF-8. nil where it is something else, which is then not passed over.
  package mutating func plainString() throws(JSONError) -> Range<Int>? {
    guard parser.position < parser.bytes.count, parser.bytes[parser.position] == UInt8(ascii: "\"") else { return nil }
    let start = parser.position
    let (bytes, isPlain) = try parser.rawString()
    if isPlain { return bytes }
    parser.position = start
    return nil
  }

  /// Whether the object ends here. If not, the next member's name is next.
  package mutating func hasEnded() throws(JSONError) -> Bool {
    let hasEnded: Bool
    if isFirst {
      isFirst = false
      parser.skipWhiteSpace()
      hasEnded = parser.position < parser.bytes.count && parser.bytes[parser.position] == UInt8(ascii: "}")
      if hasEnded { parser.position += 1 }
    } else {
      hasEnded = try parser.ended(by: UInt8(ascii: "}"))
    }
    if !hasEnded { parser.skipWhiteSpace() }
    return hasEnded
  }
}
