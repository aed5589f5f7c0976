/// Cuts the arguments of `ARG` at white space; quotes group, and stay, as do escapes (BuildKit's `parseWords`).
enum ArgumentWords {
  static func cut(_ arguments: String, escape: UInt8) -> [ArraySlice<UInt8>] {
    let bytes = Array(arguments.utf8)[...]
    var words: [ArraySlice<UInt8>] = []
    var start: Int?
    var quote: UInt8?
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      let white = quote == nil ? bytes.whiteSpaceLength(at: index) : 0
      if white > 0 {
        if let first = start { words.append(bytes[first..<index]) }
        start = nil
        index += white
        continue
      }
      if start == nil { start = index }
      index += 1
      if byte == quote {
        quote = nil
      } else if byte == escape, quote != UInt8(ascii: "'") {
        if index < bytes.endIndex { index += 1 }
      } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      }
    }
    if let first = start { words.append(bytes[first...]) }
    return words
  }
}
