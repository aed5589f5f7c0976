internal import JSON

/// Finds the end of messages in line framing.
///
/// A message that opens with a bracket ends at the byte that closes it, since some writers send no LF; any other line
/// ends at its LF and is left to the JSON reader to refuse.
struct LineScanner {
  enum Verdict: Equatable {
    /// White space between messages.
    case blank
    case inside
    /// The byte is the message's last.
    case closed
    /// The byte is the LF after a line that opened with no bracket.
    case lineEnded
    /// The byte is an LF within the brackets. The next byte belongs to a new message.
    case broken
  }

  private enum Place {
    case between
    case line
    case brackets
    case string
    /// After a backslash in a string.
    case escape
  }

  private var place = Place.between
  /// Brackets that are open.
  private var depth = 0

  /// Reads on until a byte is not inside a message.
  ///
  /// - Returns: where the bytes go on that were not read, and what the byte before that was; `inside` where all were read.
  /// - Precondition: `start < end`, and both are within `bytes`.
  mutating func read(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
  ) -> (next: Int, verdict: Verdict) {
    var index = start
    while index < end {
      let verdict: Verdict
      switch place {
      case .between: verdict = open(bytes[index])
      case .line: verdict = bytes[index] == 0x0A ? leave(.lineEnded) : .inside
      case .brackets: verdict = readBracketed(bytes, &index, to: end)
      case .string: verdict = readString(bytes, &index, to: end)
      case .escape where bytes[index] == 0x0A: verdict = leave(.broken)
      case .escape:
        place = .string
        verdict = .inside
      }
      index += 1
      if verdict != .inside { return (index, verdict) }
    }
    return (end, .inside)
  }

  private mutating func open(_ byte: UInt8) -> Verdict {
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      place = .brackets
      depth = 1
    case 0x20, 0x09, 0x0A, 0x0D: return .blank
    default: place = .line
    }
    return .inside
  }

  private mutating func leave(_ verdict: Verdict) -> Verdict {
    place = .between
    return verdict
  }

  /// As the next, outside of strings.
  private mutating func readBracketed(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, to end: Int) -> Verdict {
    while true {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        place = .string
        return .inside
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return leave(.closed) }
      case 0x0A: return leave(.broken)
      default: break
      }
      guard index + 1 < end else { return .inside }
      index += 1
    }
  }

  /// Leaves `index` at the byte that the verdict is of: the one after which something else begins, or the last.
  private mutating func readString(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, to end: Int) -> Verdict {
    while true {
      index = JSONStringBytes.firstSpecial(in: bytes, from: index, to: end)
      guard index < end else {
        index = end - 1
        return .inside
      }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        place = .brackets
        return .inside
      case UInt8(ascii: "\\"):
        place = .escape
        return .inside
      case 0x0A: return leave(.broken)
      default:
        // Another control character, which is for the JSON reader to refuse.
        guard index + 1 < end else { return .inside }
        index += 1
      }
    }
  }
}
