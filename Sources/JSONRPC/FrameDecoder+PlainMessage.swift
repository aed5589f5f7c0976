internal import JSON

extension FrameDecoder {
  /// The next message, if it is complete, in line framing, and a request or notification as nearly all are written: it is
  /// then taken as by `next()`, in one reading. nil, with nothing done, where it is not, so that `next()` has to tell.
  ///
  /// Of a message that is not complete, what is there is read once by this.
  package mutating func nextPlainMessage() -> RPCMessage? {
    guard case .line = state, position == start, start < buffer.count else { return nil }
    let found: (message: RPCMessage, length: Int)? = buffer.withUnsafeBufferPointer { buffer in
      let text = UnsafeBufferPointer(rebasing: buffer[start...])
      guard var reader = JSONMemberReader(text), let message = RPCMessage(plain: &reader, of: text) else { return nil }
      // Within a message, an LF ends its line and so makes it none.
      guard !reader.hasPassedLineFeed, reader.position <= messageLimit else { return nil }
      return (message, reader.position)
    }
    guard let (message, length) = found else { return nil }
    finishFrame(at: start + length)
    return message
  }
}
