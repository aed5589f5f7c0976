/// UTF-8 as Go reads it, which the builders' matchers depend on: a byte that starts no well-formed sequence is one
/// character, U+FFFD, one byte wide.
package enum LenientUTF8 {
  package static let replacement: UInt32 = 0xFFFD

  /// The character at `index`, which is below `bytes.count`, and how many bytes it takes, at least 1.
  package static func character(of bytes: [UInt8], at index: Int) -> (scalar: UInt32, width: Int) {
    let lead = bytes[index]
    if lead < 0x80 { return (UInt32(lead), 1) }
    let width: Int
    // The second byte's range excludes overlong forms, surrogates and values above U+10FFFF (RFC 3629, section 4).
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: width = 2
    case 0xE0: (width, second) = (3, 0xA0...0xBF)
    case 0xED: (width, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: width = 3
    case 0xF0: (width, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: width = 4
    case 0xF4: (width, second) = (4, 0x80...0x8F)
    default: return (replacement, 1)
    }
    guard bytes.count - index >= width, second.contains(bytes[index + 1]) else { return (replacement, 1) }
    var scalar = UInt32(lead) & (0x7F >> UInt32(width))
    for offset in 1..<width {
      let byte = bytes[index + offset]
      guard byte & 0xC0 == 0x80 else { return (replacement, 1) }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
    }
    return (scalar, width)
  }

  static func characters(of bytes: [UInt8]) -> [UInt32] {
    var characters: [UInt32] = []
    characters.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let (scalar, width) = character(of: bytes, at: index)
      characters.append(scalar)
      index += width
    }
    return characters
  }

  /// `bytes` without the characters of Unicode's White_Space property at either end.
  static func trimmingWhiteSpace(_ bytes: [UInt8]) -> [UInt8] {
    var index = 0
    var start: Int?
    var end = 0
    while index < bytes.count {
      let (scalar, width) = character(of: bytes, at: index)
      index += width
      if !isWhiteSpace(scalar) {
        if start == nil { start = index - width }
        end = index
      }
    }
    guard let start else { return [] }
    return Array(bytes[start..<end])
  }

  private static func isWhiteSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }
}
