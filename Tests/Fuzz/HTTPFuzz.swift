// sources: Sources/DockerEngine/HTTP/HTTPError.swift Sources/DockerEngine/HTTP/HTTPResponseHead.swift
// sources: Sources/DockerEngine/HTTP/ChunkedBodyDecoder.swift Sources/DockerEngine/HTTP/HTTPResponseDecoder.swift

/// Compiled in one module with the response decoder's files of Sources/DockerEngine/HTTP: the first byte of the input
/// says how the rest is split, which must not change what is read, and whether a body is expected.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  var bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let first = bytes.first else { return 0 }
  bytes.removeFirst()
  let bodyExpected = first < 0xF0
  let whole = Reading(of: bytes, pieceSize: max(bytes.count, 1), bodyExpected: bodyExpected)
  let split = Reading(of: bytes, pieceSize: Int(first) % 7 + 1, bodyExpected: bodyExpected)
  precondition(split == whole, "the split changes what is read")
  precondition(whole.body.count <= bytes.count, "more body than input")
  precondition(bodyExpected || whole.body.isEmpty, "a body where there is none")
  return 0
}

private struct Reading: Equatable {
  var head: HTTPResponseHead?
  var body: [UInt8] = []
  var isEnded = false
  var failure: HTTPError?

  init(of bytes: [UInt8], pieceSize: Int, bodyExpected: Bool) {
    var decoder = HTTPResponseDecoder(bodyExpected: bodyExpected)
    var events: [HTTPResponseDecoder.Event] = []
    var rest = bytes[...]
    do throws(HTTPError) {
      while !rest.isEmpty {
        try decoder.decode(rest.prefix(pieceSize), into: &events)
        rest = rest.dropFirst(pieceSize)
      }
      try decoder.peerClosed(into: &events)
    } catch {
      failure = error
    }
    for event in events {
      precondition(!isEnded, "an event behind the end")
      switch event {
      case .head(let head):
        precondition(self.head == nil && body.isEmpty, "a second head")
        precondition(200...999 ~= head.status && head.fields.count <= HTTPLimits.fields, "a head out of bounds")
        self.head = head
      case .body(let piece):
        precondition(head != nil && !piece.isEmpty, "a body without head or bytes")
        body += piece
      case .end: isEnded = true
      }
    }
  }
}
