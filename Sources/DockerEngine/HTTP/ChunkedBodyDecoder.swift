/// Takes the framing off a chunked body (RFC 9112 section 7.1), wherever the reads happen to split it. Extensions and
/// trailers are read past.
struct ChunkedBodyDecoder {
  private enum State {
    case size(digits: Int, value: Int)
    case sizeExtension(value: Int, length: Int)
    case sizeLineFeed(value: Int)
    case data(remaining: Int)
    case dataCarriageReturn
    case dataLineFeed
    case trailerStart
    case trailer
    case trailerLineFeed
    case lastLineFeed
    case ended
  }

  private var state = State.size(digits: 0, value: 0)
  private var trailerBytes = 0

  var isEnded: Bool { if case .ended = state { true } else { false } }

  /// Takes bytes from the front of `input` until there are data to hand out, the input is used up, or the body ended.
  /// - Returns: data of one chunk, or nil where there are none yet.
  mutating func next(_ input: inout ArraySlice<UInt8>) throws(HTTPError) -> ArraySlice<UInt8>? {
    while let byte = input.first, !isEnded {
      if case .data(let remaining) = state {
        let data = input.prefix(remaining)
        input.removeFirst(data.count)
        state = data.count == remaining ? .dataCarriageReturn : .data(remaining: remaining - data.count)
        return data
      }
      input.removeFirst()
      try step(byte)
    }
    return nil
  }

  private mutating func step(_ byte: UInt8) throws(HTTPError) {
    switch state {
    case .size(let digits, let value): try size(byte, digits: digits, value: value)
    case .sizeExtension(let value, let length):
      if byte == 0x0D {
        state = .sizeLineFeed(value: value)
      } else {
        guard length < HTTPLimits.chunkExtension, byte >= 0x20 || byte == 0x09 else { throw .malformedChunk }
        state = .sizeExtension(value: value, length: length + 1)
      }
    case .sizeLineFeed(let value):
      guard byte == 0x0A else { throw .invalidChunkSize }
      state = value == 0 ? .trailerStart : .data(remaining: value)
    case .dataCarriageReturn:
      guard byte == 0x0D else { throw .malformedChunk }
      state = .dataLineFeed
    case .dataLineFeed:
      guard byte == 0x0A else { throw .malformedChunk }
      state = .size(digits: 0, value: 0)
    case .trailerStart:
      try countTrailerByte()
      state = byte == 0x0D ? .lastLineFeed : .trailer
    case .trailer:
      try countTrailerByte()
      if byte == 0x0D { state = .trailerLineFeed }
    case .trailerLineFeed:
      try countTrailerByte()
      guard byte == 0x0A else { throw .malformedField }
      state = .trailerStart
    case .lastLineFeed:
      guard byte == 0x0A else { throw .malformedField }
      state = .ended
    case .data, .ended: break  // `next` takes care of both.
    }
  }

  private mutating func size(_ byte: UInt8, digits: Int, value: Int) throws(HTTPError) {
    let digit: UInt8
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
    case 0x0D where digits > 0:
      state = .sizeLineFeed(value: value)
      return
    case UInt8(ascii: ";") where digits > 0, 0x20 where digits > 0, 0x09 where digits > 0:
      state = .sizeExtension(value: value, length: 0)
      return
    default: throw .invalidChunkSize
    }
    guard digits < HTTPLimits.chunkSizeDigits else { throw .invalidChunkSize }
    state = .size(digits: digits + 1, value: value << 4 | Int(digit))
  }

  private mutating func countTrailerByte() throws(HTTPError) {
    trailerBytes += 1
    guard trailerBytes <= HTTPLimits.trailers else { throw .trailersTooLarge(limit: HTTPLimits.trailers) }
  }
}
