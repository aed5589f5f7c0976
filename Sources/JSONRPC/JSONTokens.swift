internal import JSON

/// The bytes of the parts of a text that `JSONParser` accepted, for what has to be echoed as it was written.
enum JSONTokens {
  /// Calls `body` with each element of the array, or with each name and each value in turn of the object, that `text`
  /// is. The tokens are without the white space around them.
  static func forEachPart(of text: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
    guard let open = text.firstIndex(where: { !isBlank($0) }) else { return }
    var index = open + 1
    var start = index
    var depth = 0
    func end(at index: Int) {
      var token = text[start..<index].drop(while: isBlank)
      while let last = token.last, isBlank(last) { token.removeLast() }
      if !token.isEmpty { body(token) }
    }
    while index < text.endIndex {
      switch text[index] {
      case UInt8(ascii: "\""):
        index += 1
        while index < text.endIndex, text[index] != UInt8(ascii: "\"") {
          index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { return end(at: index) }
        depth -= 1
      case UInt8(ascii: ",") where depth == 0, UInt8(ascii: ":") where depth == 0:
        end(at: index)
        start = index + 1
      default:
        break
      }
      index += 1
    }
  }

  /// The value of the member `name` of the object that `text` is, as it was written.
  static func member(_ name: String, of text: ArraySlice<UInt8>) -> String? {
    var found: String?
    var previous: ArraySlice<UInt8>?
    forEachPart(of: text) { token in
      if let key = previous {
        if found == nil, isString(key, name) { found = String(decoding: token, as: UTF8.self) }
        previous = nil
      } else {
        previous = token
      }
    }
    return found
  }

  private static func isString(_ token: ArraySlice<UInt8>, _ name: String) -> Bool {
    guard token.contains(UInt8(ascii: "\\")) else { return token.dropFirst().dropLast().elementsEqual(name.utf8) }
    do throws(JSONError) {
      return try JSONParser.parse(token).stringValue?.utf8.elementsEqual(name.utf8) ?? false
    } catch {
      return false
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
