/// Reads one final response from a byte stream, wherever the reads happen to split it. Interim (1xx) responses are
/// read past, and so is everything behind the end of the response.
///
/// Keeps a head of at most `HTTPLimits.head` bytes; bodies pass through. Knows no socket.
struct HTTPResponseDecoder {
  enum Event: Equatable {
    case head(HTTPResponseHead)
    /// Bytes of the body, framing removed. Never empty; how they are cut depends on the reads.
    case body(ArraySlice<UInt8>)
    case end
  }

  private enum State {
    case head
    case length(remaining: Int64)
    case chunked(ChunkedBodyDecoder)
    /// No length was given: the body lasts until the peer closes, and nothing tells a whole one from a cut one.
    case untilClose
    case ended
  }

  private let bodyExpected: Bool
  private var state = State.head
  private var headBytes: [UInt8] = []
  /// How many bytes of CRLFCRLF the head ends in so far.
  private var terminatorLength = 0
  private var interimResponses = 0

  /// - Parameter bodyExpected: false for the answer to a HEAD request, which has none whatever its fields say.
  init(bodyExpected: Bool = true) { self.bodyExpected = bodyExpected }

  var isEnded: Bool { if case .ended = state { true } else { false } }

  /// - Throws: the first reason why the bytes are no response; the decoder is of no use afterwards.
  mutating func decode(_ bytes: ArraySlice<UInt8>, into events: inout [Event]) throws(HTTPError) {
    var input = bytes
    while !input.isEmpty {
      switch state {
      case .head: try decodeHead(&input, into: &events)
      case .length(let remaining):
        let piece = input.prefix(Int(clamping: remaining))
        input.removeFirst(piece.count)
        events.append(.body(piece))
        state = .length(remaining: remaining - Int64(piece.count))
        if Int64(piece.count) == remaining { end(into: &events) }
      case .chunked(var body):
        while let piece = try body.next(&input) { events.append(.body(piece)) }
        state = .chunked(body)
        if body.isEnded { end(into: &events) }
      case .untilClose:
        events.append(.body(input))
        return
      case .ended: return
      }
    }
  }

  /// The peer closed its side.
  /// - Throws: `HTTPError.truncated` where the response is not complete.
  mutating func peerClosed(into events: inout [Event]) throws(HTTPError) {
    switch state {
    case .ended: return
    case .untilClose: end(into: &events)
    case .head, .length, .chunked: throw .truncated
    }
  }

  private mutating func end(into events: inout [Event]) {
    state = .ended
    events.append(.end)
  }

  private mutating func decodeHead(_ input: inout ArraySlice<UInt8>, into events: inout [Event]) throws(HTTPError) {
    var taken = 0
    for byte in input {
      taken += 1
      let wantsCarriageReturn = terminatorLength.isMultiple(of: 2)
      if byte == (wantsCarriageReturn ? 0x0D : 0x0A) {
        terminatorLength += 1
      } else {
        terminatorLength = byte == 0x0D ? 1 : 0
      }
      if terminatorLength == 4 || headBytes.count + taken > HTTPLimits.head { break }
    }
    headBytes.append(contentsOf: input.prefix(taken))
    input.removeFirst(taken)
    guard headBytes.count <= HTTPLimits.head else { throw .headTooLarge(limit: HTTPLimits.head) }
    guard terminatorLength == 4 else { return }
    let head = try HTTPResponseHead(parsing: headBytes)
    headBytes = []
    terminatorLength = 0
    if head.status < 200 {
      guard head.status != 101 else { throw .unexpectedUpgrade }
      interimResponses += 1
      guard interimResponses <= HTTPLimits.interimResponses else {
        throw .tooManyInterimResponses(limit: HTTPLimits.interimResponses)
      }
      return
    }
    state = try bodyState(of: head)
    events.append(.head(head))
    if case .length(0) = state { end(into: &events) }
  }

  /// RFC 9112 section 6.3.
  private func bodyState(of head: HTTPResponseHead) throws(HTTPError) -> State {
    let codings = head.values(of: "Transfer-Encoding")
    let lengths = head.values(of: "Content-Length")
    guard bodyExpected, head.status != 204, head.status != 304 else { return .length(remaining: 0) }
    if !codings.isEmpty {
      guard codings.count == 1, codings[0].lowercased() == "chunked" else { throw .unsupportedTransferCoding }
      guard lengths.isEmpty else { throw .invalidLength }
      return .chunked(ChunkedBodyDecoder())
    }
    guard let length = lengths.first else { return .untilClose }
    guard lengths.allSatisfy({ $0 == length }), !length.isEmpty, length.utf8.count <= 18,
      length.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let value = Int64(length)
    else { throw .invalidLength }
    return .length(remaining: value)
  }
}
