// sources: Sources/JSONRPC/FrameDecoder.swift Sources/JSONRPC/FrameFailure.swift Sources/JSONRPC/Framing.swift
// sources: Sources/JSONRPC/HeaderFields.swift Sources/JSONRPC/LineScanner.swift Sources/JSON/JSONStringBytes.swift

/// Compiled in one module with the decoder's files of Sources/JSONRPC (FrameDecoder, FrameFailure, Framing, HeaderFields,
/// LineScanner): the first byte of the input says how the rest is split, which must not change the frames.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  var bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let first = bytes.first else { return 0 }
  bytes.removeFirst()
  let pieces = Int(first) % 7 + 1
  let whole = frames(of: bytes, pieceSize: max(bytes.count, 1))
  precondition(frames(of: bytes, pieceSize: pieces) == whole, "the split changes the frames")
  return 0
}

private func frames(of bytes: [UInt8], pieceSize: Int) -> [FrameDecoder.Frame] {
  let limit = 512
  var decoder = FrameDecoder(messageLimit: limit)
  var frames: [FrameDecoder.Frame] = []
  var rest = bytes[...]
  while !rest.isEmpty {
    decoder.append(rest.prefix(pieceSize))
    rest = rest.dropFirst(pieceSize)
    while let frame = decoder.next() {
      if case .message(let message) = frame { precondition(message.count <= limit, "longer than the limit") }
      frames.append(frame)
    }
  }
  if let failure = decoder.finish() { frames.append(.failure(failure)) }
  return frames
}
