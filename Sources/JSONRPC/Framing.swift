/// How messages are told apart on a connection. Decided once, by the first bytes the client sends; the answers use
/// the same.
package enum Framing: String, CaseIterable, Sendable {
  /// One compact JSON text a line, ended by LF.
  case line
  /// `Content-Length: N`, an empty line, then N bytes: the base protocol of LSP.
  case header

  /// Appends `message` as one frame.
  ///
  /// The header block is exactly `Content-Length: N` CRLF CRLF. Any other spelling, a further header or another order
  /// breaks a client that is in use.
  ///
  /// - Precondition: `message` is compact JSON, so it holds no raw LF.
  package func encode(_ message: some Collection<UInt8>, into buffer: inout [UInt8]) {
    switch self {
    case .line:
      buffer.append(contentsOf: message)
      buffer.append(UInt8(ascii: "\n"))
    case .header:
      buffer.append(contentsOf: "Content-Length: \(message.count)\r\n\r\n".utf8)
      buffer.append(contentsOf: message)
    }
  }
}
