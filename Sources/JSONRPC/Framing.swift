/// How messages are told apart on a connection. Decided once, by the first bytes the client sends; the answers use
/// the same.
package enum Framing: String, CaseIterable, Sendable {
  /// One compact JSON text a line, ended by LF.
  case line
  /// `Content-Length: N`, an empty line, then N bytes: the base protocol of LSP.
  case header

  /// Appends `message` as one frame.
  ///
  /// - Precondition: `message` is compact JSON, so it holds no raw LF.
  package func encode(_ message: [UInt8], into buffer: inout [UInt8]) {
    let (before, after) = affixes(of: message.count)
    buffer.append(contentsOf: before.utf8)
    buffer.append(contentsOf: message)
    buffer.append(contentsOf: after.utf8)
  }

  /// As above, for a message that is the end of `buffer` already, from `start` on.
  package func frame(from start: Int, in buffer: inout [UInt8]) {
    switch self {
    case .line: buffer.append(UInt8(ascii: "\n"))
    case .header: buffer.insert(contentsOf: affixes(of: buffer.count - start).before.utf8, at: start)
    }
  }

  /// What makes a message of `count` bytes a frame.
  ///
  /// The header block is exactly `Content-Length: N` CRLF CRLF. Any other spelling, a further header or another order
  /// breaks a client that is in use.
  package func affixes(of count: Int) -> (before: String, after: String) {
    switch self {
    case .line: ("", "\n")
    case .header: ("Content-Length: \(count)\r\n\r\n", "")
    }
  }
}
