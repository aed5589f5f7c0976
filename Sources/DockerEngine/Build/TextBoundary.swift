/// Where terminal output can be cut without breaking a UTF-8 character or an escape sequence (ECMA-48).
enum TextBoundary {
  /// A sequence longer than this is cut anywhere.
  static let sequenceLimit = 4096

  /// The largest count ≤ `end` such that the first `count` bytes end in neither. Zero only where `end` is at most
  /// `sequenceLimit`.
  static func last(upTo end: Int, in bytes: [UInt8]) -> Int {
    characterBoundary(escapeBoundary(end, in: bytes), in: bytes)
  }

  private static func escapeBoundary(_ end: Int, in bytes: [UInt8]) -> Int {
    var index = max(0, end - sequenceLimit)
    while index < end {
      guard bytes[index] == escape else {
        index += 1
        continue
      }
      guard let next = sequenceEnd(index, before: end, in: bytes) else {
        return index == 0 && end >= sequenceLimit ? end : index
      }
      index = next
    }
    return end
  }

  private static let escape: UInt8 = 0x1B

  /// The index behind the sequence that begins at `start`, or nil where it has not ended before `end`. A sequence that
  /// is broken by a byte that cannot be in it ends there.
  private static func sequenceEnd(_ start: Int, before end: Int, in bytes: [UInt8]) -> Int? {
    var index = start + 1
    guard index < end else { return nil }
    switch bytes[index] {
    case UInt8(ascii: "["):
      repeat { index += 1 } while index < end && 0x20...0x3F ~= bytes[index]
      guard index < end else { return nil }
      return 0x40...0x7E ~= bytes[index] ? index + 1 : index
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
      return stringEnd(index + 1, before: end, in: bytes)
    case 0x20...0x2F:
      repeat { index += 1 } while index < end && 0x20...0x2F ~= bytes[index]
      guard index < end else { return nil }
      return 0x30...0x7E ~= bytes[index] ? index + 1 : index
    default: return index + 1
    }
  }

  /// A control string lasts to BEL or `ESC \`; any other ESC begins a new sequence.
  private static func stringEnd(_ start: Int, before end: Int, in bytes: [UInt8]) -> Int? {
    var index = start
    while index < end {
      switch bytes[index] {
      case 0x07: return index + 1
      case escape:
        guard index + 1 < end else { return nil }
        return bytes[index + 1] == UInt8(ascii: "\\") ? index + 2 : index
      default: index += 1
      }
    }
    return nil
  }

  /// Steps back before a lead byte whose character is not complete before `end`.
  private static func characterBoundary(_ end: Int, in bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= end {
      let byte = bytes[end - back]
      if byte & 0xC0 == 0x80 { continue }
      let length =
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
      return length > back ? end - back : end
    }
    return end
  }
}
