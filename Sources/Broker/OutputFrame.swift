/// One message as it is sent, with its framing: bytes of its own before and behind bytes that other connections may be
/// sending as well.
struct OutputFrame {
  typealias Pieces = (ArraySlice<UInt8>, ArraySlice<UInt8>, ArraySlice<UInt8>)

  var head: [UInt8]
  var shared: [UInt8] = []
  var tail: [UInt8] = []

  var count: Int { head.count + shared.count + tail.count }

  /// What is left of the three once `sent` bytes went.
  func pieces(from sent: Int) -> Pieces {
    let beyondHead = max(0, sent - head.count)
    return (
      head.dropFirst(sent), shared.dropFirst(beyondHead), tail.dropFirst(max(0, beyondHead - shared.count))
    )
  }
}
