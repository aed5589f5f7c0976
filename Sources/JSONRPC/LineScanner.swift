/// Finds the end of messages in line framing, one byte at a time.
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
    case brackets(depth: Int)
    /// Within a string, inside `depth` brackets.
    case string(depth: Int)
    /// After a backslash in a string.
    case escape(depth: Int)
  }

  private var place = Place.between

  /// How many bytes from `start` on, of those before `end`, `read` would find `inside` and nothing else: these need not
  /// be read.
  func uneventful(in bytes: [UInt8], from start: Int, to end: Int) -> Int {
    guard start < end else { return 0 }
    return bytes.withUnsafeBufferPointer { bytes in
      var index = start
      switch place {
      case .brackets: while index < end, !Self.countsInBrackets(bytes[index]) { index += 1 }
      case .string: while index < end, !Self.countsInString(bytes[index]) { index += 1 }
      case .between, .line, .escape: break
      }
      return index - start
    }
  }

  private static func countsInBrackets(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x0A, UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "}"), UInt8(ascii: "]"): true
    default: false
    }
  }

  private static func countsInString(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x0A, UInt8(ascii: "\""), UInt8(ascii: "\\"): true
    default: false
    }
  }

  mutating func read(_ byte: UInt8) -> Verdict {
    switch (place, byte) {
    case (.between, UInt8(ascii: "{")), (.between, UInt8(ascii: "[")):
      place = .brackets(depth: 1)
    case (.between, 0x20), (.between, 0x09), (.between, 0x0A), (.between, 0x0D):
      return .blank
    case (.between, _):
      place = .line
    case (.line, 0x0A):
      place = .between
      return .lineEnded
    case (.line, _):
      break
    case (_, 0x0A):
      place = .between
      return .broken
    case (.brackets(let depth), UInt8(ascii: "{")), (.brackets(let depth), UInt8(ascii: "[")):
      place = .brackets(depth: depth + 1)
    case (.brackets(let depth), UInt8(ascii: "}")), (.brackets(let depth), UInt8(ascii: "]")):
      place = depth == 1 ? .between : .brackets(depth: depth - 1)
      return depth == 1 ? .closed : .inside
    case (.brackets(let depth), UInt8(ascii: "\"")):
      place = .string(depth: depth)
    case (.brackets, _):
      break
    case (.string(let depth), UInt8(ascii: "\"")):
      place = .brackets(depth: depth)
    case (.string(let depth), UInt8(ascii: "\\")):
      place = .escape(depth: depth)
    case (.string, _):
      break
    case (.escape(let depth), _):
      place = .string(depth: depth)
    }
    return .inside
  }
}
