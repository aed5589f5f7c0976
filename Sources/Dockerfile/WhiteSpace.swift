/// White space as the Engine's readers see it: Unicode's White_Space property (Go's `unicode.IsSpace`), so that no
/// instruction can hide from this reader behind, say, a no-break space.
extension RandomAccessCollection where Element == UInt8, Index == Int {
  /// Bytes of the white space character whose UTF-8 starts at `index`; 0 if there is none.
  func whiteSpaceLength(at index: Int) -> Int {
    switch self[index] {
    case 0x09...0x0D, 0x20: return 1
    case 0xC2:
      guard endIndex - index >= 2 else { return 0 }
      return self[index + 1] == 0x85 || self[index + 1] == 0xA0 ? 2 : 0
    case 0xE1, 0xE2, 0xE3:
      guard endIndex - index >= 3 else { return 0 }
      switch (self[index], self[index + 1], self[index + 2]) {
      case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF),
        (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
        return 3
      default: return 0
      }
    default: return 0
    }
  }
}

extension ArraySlice<UInt8> {
  func trimmingLeadingWhiteSpace() -> ArraySlice<UInt8> {
    var start = startIndex
    while start < endIndex {
      let length = whiteSpaceLength(at: start)
      if length == 0 { break }
      start += length
    }
    return self[start...]
  }

  func trimmingWhiteSpace() -> ArraySlice<UInt8> {
    let text = trimmingLeadingWhiteSpace()
    var end = text.endIndex
    trimming: while end > text.startIndex {
      for length in 1...3 where end - text.startIndex >= length {
        if text[..<end].whiteSpaceLength(at: end - length) == length {
          end -= length
          continue trimming
        }
      }
      break
    }
    return text[..<end]
  }
}

extension UInt8 {
  /// What parts the words of an instruction: no line feed, and nothing beyond ASCII.
  var isWordSeparator: Bool { self == 0x20 || self == 0x09 || (0x0B...0x0D).contains(self) }
  var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
  var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }
}

extension Sequence<UInt8> {
  /// ASCII letters in lower case, all other bytes as they are.
  func asciiLowercased() -> [UInt8] {
    map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }

  func asciiUppercased() -> [UInt8] {
    map { (0x61...0x7A).contains($0) ? $0 & ~0x20 : $0 }
  }
}

extension String {
  func asciiLowercased() -> String { String(decoding: utf8.asciiLowercased(), as: UTF8.self) }
}
