internal import JSON

extension FrameDecoder {
  /// The next message, if it is complete, in line framing, and a request or notification as nearly all are written: it is
  /// then taken as by `next()`, in one reading. nil, with nothing done, where it is not, so that `next()` has to tell.
  ///
  /// Of a message that is not complete, what is there is read once by this.
  package mutating func nextPlainMessage() -> RPCMessage? {
    guard case .line = state, position == start, start < buffer.count else { return nil }
    let found = buffer.withUnsafeBufferPointer { plainMessage($0, from: start) }
    guard let (message, length) = found else { return nil }
    finishFrame(at: start + length)
    return message
  }

  /// As above, of bytes that are not appended: what is taken of them the decoder knows then, and it has none of them.
  ///
  /// - Parameters:
  ///   - bytes: hold, from `offset` on, what comes next in the stream.
  ///   - offset: moved on to where the message after this one may begin.
  package mutating func takePlainMessage(from bytes: UnsafeBufferPointer<UInt8>, at offset: inout Int) -> RPCMessage? {
    guard case .line = state, start == buffer.count else { return nil }
    guard let (message, length) = plainMessage(bytes, from: offset) else { return nil }
    let end = Self.endOfBlanks(bytes, from: offset + length)
    passOver(end - offset)
    offset = end
    return message
  }

  private func plainMessage(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> (message: RPCMessage, length: Int)? {
    let text = UnsafeBufferPointer(rebasing: bytes[start...])
    guard var reader = JSONMemberReader(text), let message = RPCMessage(plain: &reader, of: text) else { return nil }
    // Within a message, an LF ends its line and so makes it none.
    guard !reader.hasPassedLineFeed, reader.position <= messageLimit else { return nil }
    return (message, reader.position)
  }
}
