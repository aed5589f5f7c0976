/// Reads the members of the object that a text begins with, in their order, so that a reader who knows their names makes no
/// object of them. Takes nothing that `JSONParser` does not take, apart from names that are there twice, which are for
/// the caller to notice.
///
/// For each member `nextName`, then `value` or `string`; what throws ends the reading.
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

  /// Where the name's bytes are in the text, without quotation marks and as they were written; nil once the object has
  /// ended. Bytes that are no UTF-8 may be among them.
  package mutating func nextName() throws(JSONError) -> Range<Int>? {
    guard try !hasEnded() else { return nil }
    parser.skipWhiteSpace()
    try parser.expect(UInt8(ascii: "\""))
    let name = try parser.rawString().bytes
    try parser.passColon()
    parser.skipWhiteSpace()
    return name
  }

  package mutating func value() throws(JSONError) -> JSONValue { try parser.value(depth: 1) }

  /// Where the bytes of a value are that is a string without escapes, as of a name; nil where it is something else, which
  /// is then not passed over.
  package mutating func plainString() throws(JSONError) -> Range<Int>? {
    guard parser.position < parser.bytes.count, parser.bytes[parser.position] == UInt8(ascii: "\"") else { return nil }
    let start = parser.position
    let (bytes, isPlain) = try parser.rawString()
    if isPlain { return bytes }
    parser.position = start
    return nil
  }

  private mutating func hasEnded() throws(JSONError) -> Bool {
    if isFirst {
      isFirst = false
      parser.skipWhiteSpace()
      guard parser.position < parser.bytes.count, parser.bytes[parser.position] == UInt8(ascii: "}") else {
        return false
      }
      parser.position += 1
      return true
    }
    return try parser.ended(by: UInt8(ascii: "}"))
  }
}
