/// Removes terminal control sequences (ECMA-48) from text, keeping everything else.
enum AnsiFilter {
  private static let escape: UInt8 = 0x1B

  static func hasSequences(_ bytes: some Sequence<UInt8>) -> Bool { bytes.contains(escape) }

  /// Control sequences (`ESC [` … final byte), operating system commands and other strings (`ESC ]`, `P`, `X`, `^`,
  /// `_` … BEL or `ESC \`) and two-byte escapes go. A sequence without an end reaches to the end of the text.
  static func strip(_ bytes: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      guard bytes[index] == escape else {
        kept.append(bytes[index])
        index += 1
        continue
      }
      index = end(ofSequenceAt: index, in: bytes)
    }
    return kept
  }

  private static func end(ofSequenceAt start: Int, in bytes: [UInt8]) -> Int {
    var index = start + 1
    guard index < bytes.count else { return index }
    switch bytes[index] {
    case UInt8(ascii: "["):
      index += 1
      while index < bytes.count, !(0x40...0x7E).contains(bytes[index]) { index += 1 }
      return min(index + 1, bytes.count)
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
      index += 1
      while index < bytes.count {
        if bytes[index] == 0x07 { return index + 1 }
        // Any other sequence ends the string as well.
        if bytes[index] == escape { return bytes[index...].dropFirst().first == UInt8(ascii: "\\") ? index + 2 : index }
        index += 1
      }
      return index
    case 0x20...0x2F:
      while index < bytes.count, (0x20...0x2F).contains(bytes[index]) { index += 1 }
      return index < bytes.count && bytes[index] < 0x80 ? index + 1 : index
    case 0x80..., escape:
      // No sequence: what is behind it stays whole, or is one of its own.
      return index
    default:
      return index + 1
    }
  }
}
