/// One message as it is sent, with its framing: bytes of its own before and behind bytes that other connections may be
/// sending as well.
struct OutputFrame {
  var head: [UInt8]
  var shared: [UInt8] = []
  var tail: [UInt8] = []

  var count: Int { head.count + shared.count + tail.count }

  /// Shows what is left of the three once `sent` bytes went, for as long as `body` runs.
  func withPieces<Result>(
    from sent: Int, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Result
  ) -> Result {
    head.withUnsafeBytes { head in
      shared.withUnsafeBytes { shared in
        tail.withUnsafeBytes { tail in
          let beyondHead = max(0, sent - head.count)
          return body(head.rest(sent), shared.rest(beyondHead), tail.rest(max(0, beyondHead - shared.count)))
        }
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func rest(_ start: Int) -> UnsafeRawBufferPointer {
    guard start > 0, let baseAddress else { return self }
    let passed = Swift.min(start, count)
    return UnsafeRawBufferPointer(start: baseAddress + passed, count: count - passed)
  }
}
