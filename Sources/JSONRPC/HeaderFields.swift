/// What the header block before a message says. Fed line by line, so that a wrong line is known as soon as it is
/// complete.
struct HeaderFields {
  private(set) var contentLength: Int?

  /// - Parameters:
  ///   - line: the bytes up to and with the LF; not the empty line.
  ///   - opensConnection: the framing was guessed from this line's first letter, so it has to bear the guess out.
  /// - Returns: why the line is refused, else nil.
  mutating func read(_ line: ArraySlice<UInt8>, messageLimit: Int, opensConnection: Bool) -> FrameFailure.Reason? {
    if opensConnection, line.starts(with: "CONNECT ".utf8) { return .httpRequest }
    guard line.suffix(2).elementsEqual("\r\n".utf8) else { return .headerLineInvalid }
    let content = line.dropLast(2)
    guard let colon = content.firstIndex(of: UInt8(ascii: ":")), colon > content.startIndex,
      content[..<colon].allSatisfy(Self.isTokenByte), content.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
    else { return .headerLineInvalid }
    let value = Self.trimmed(content[(colon + 1)...])
    switch String(decoding: content[..<colon], as: UTF8.self).lowercased() {
    case "content-length": return readLength(value, limit: messageLimit)
    case "content-type": return Self.isUTF8(contentType: value) ? nil : .charsetUnsupported
    default: return opensConnection ? .headerLineInvalid : nil
    }
  }

  private mutating func readLength(_ value: ArraySlice<UInt8>, limit: Int) -> FrameFailure.Reason? {
    guard contentLength == nil else { return .contentLengthRepeated }
    guard !value.isEmpty, value.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
      return .contentLengthInvalid
    }
    guard let length = Int(String(decoding: value, as: UTF8.self)), length <= limit else {
      return .messageTooLarge(limit: limit)
    }
    guard length > 0 else { return .contentLengthInvalid }
    contentLength = length
    return nil
  }

  /// True without a charset: UTF-8 is the only one there is.
  private static func isUTF8(contentType value: ArraySlice<UInt8>) -> Bool {
    for parameter in value.split(separator: UInt8(ascii: ";")).dropFirst() {
      let text = String(decoding: trimmed(parameter), as: UTF8.self).lowercased()
      guard text.hasPrefix("charset=") else { continue }
      return ["utf-8", "utf8", "\"utf-8\"", "\"utf8\""].contains(text.dropFirst("charset=".count))
    }
    return true
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var rest = bytes.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return rest
  }

  /// `tchar` of RFC 9110, section 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
