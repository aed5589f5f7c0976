/// Why bytes from a client are not a frame.
package struct FrameFailure: Error, Equatable {
  package enum Reason: Sendable, Equatable {
    /// The first byte belongs to neither framing.
    case unknownFraming(firstByte: UInt8)
    /// Nothing but white space where the first message should begin.
    case leadingBlanks(limit: Int)
    /// An HTTP request. To be answered with `httpAnswer` instead of JSON.
    case httpRequest
    /// An LF before the outermost bracket closed, `offset` bytes into the message.
    case lineBreakInMessage(offset: Int)
    case messageTooLarge(limit: Int)
    case headerTooLarge(limit: Int)
    /// A header line that is not `name: value` ended by CRLF, or a first one that is neither `Content-Length` nor
    /// `Content-Type`.
    case headerLineInvalid
    case contentLengthMissing
    case contentLengthRepeated
    /// Not a decimal number from 1.
    case contentLengthInvalid
    /// A charset other than UTF-8.
    case charsetUnsupported
    /// The input ended inside a message or a header block.
    case unfinished
  }

  package let reason: Reason

  package init(_ reason: Reason) { self.reason = reason }

  /// Whether the decoder knows where the next message begins. Where not, it yields nothing more, and the connection
  /// is to be closed after the answer.
  package var boundaryIsKnown: Bool {
    if case .lineBreakInMessage = reason { true } else { false }
  }

  /// What a client that speaks HTTP is told before the close.
  package static let httpAnswer: [UInt8] = {
    let text = "This socket speaks JSON-RPC 2.0, not HTTP. Try: swiftdock-ctl rpc broker.status\n"
    let head = """
      HTTP/1.1 400 Bad Request\r
      Content-Type: text/plain; charset=utf-8\r
      Content-Length: \(text.utf8.count)\r
      Connection: close\r
      \r

      """
    return Array((head + text).utf8)
  }()
}
