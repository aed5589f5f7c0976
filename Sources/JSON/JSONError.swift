/// Why some bytes are not a JSON text that this program accepts.
package struct JSONError: Error, Equatable {
  package enum Reason: Sendable, Equatable {
    case unexpectedEnd
    case unexpectedByte(UInt8)
    case invalidNumber
    case invalidEscape
    /// Half of a UTF-16 pair in `\u` escapes.
    case loneSurrogate
    case invalidUTF8
    /// A byte below 0x20 inside a string.
    case controlCharacter(UInt8)
    /// `depth` is that of the object that holds the member: 1 for the outermost.
    case duplicateMember(name: String, depth: Int)
    case tooDeep(limit: Int)
    /// Bytes other than white space after the value.
    case trailingBytes
  }

  package let reason: Reason
  /// Bytes before the one at which reading stopped.
  package let offset: Int

  package init(_ reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}
