/// Why bytes are not a response that this client accepts (RFC 9112, within the bounds of `HTTPLimits`).
package enum HTTPError: Error, Equatable {
  case malformedStatusLine
  case malformedField
  case headTooLarge(limit: Int)
  case tooManyFields(limit: Int)
  /// More 1xx responses than any server sends.
  case tooManyInterimResponses(limit: Int)
  /// A 101 that nobody asked for.
  case unexpectedUpgrade
  /// `Content-Length` is no number, there are several that differ, or `Transfer-Encoding` comes with it.
  case invalidLength
  case unsupportedTransferCoding
  case invalidChunkSize
  /// Data of a chunk are not followed by CRLF, or its extension is too long or holds control bytes.
  case malformedChunk
  case trailersTooLarge(limit: Int)
  /// The peer closed before the response was complete.
  case truncated
}

/// Bounds of what is read of a response before its body.
enum HTTPLimits {
  static let head = 65_536
  static let fields = 100
  static let interimResponses = 16
  static let chunkSizeDigits = 8
  static let chunkExtension = 1024
  static let trailers = 65_536
}
