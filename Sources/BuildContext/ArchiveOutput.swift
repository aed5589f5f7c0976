/// Collects an archive in one buffer and gives it on when the buffer is full and more comes. So what was appended last
/// has never been given on, and since the buffer is a whole number of blocks, neither has any part of the last block.
struct ArchiveOutput: ~Copyable {
  /// Gets the archive piece by piece; the bytes are valid during the call. May throw to stop.
  typealias Sink = (UnsafeRawBufferPointer) throws(ContextError) -> Void

  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileReader.bufferSize, alignment: 4096)
  private var count = 0

  deinit {
    buffer.deallocate()
  }

  mutating func append(_ bytes: [UInt8], to sink: Sink) throws(ContextError) {
    var left = bytes[...]
    while !left.isEmpty {
      let space = try space(flushingTo: sink)
      let piece = left.prefix(space.count)
      space.copyBytes(from: piece)
      grow(by: piece.count)
      left = left.dropFirst(piece.count)
    }
  }

  mutating func appendZeros(_ zeroCount: Int, to sink: Sink) throws(ContextError) {
    var left = zeroCount
    while left > 0 {
      let space = try space(flushingTo: sink)
      let piece = UnsafeMutableRawBufferPointer(rebasing: space.prefix(left))
      piece.initializeMemory(as: UInt8.self, repeating: 0)
      grow(by: piece.count)
      left -= piece.count
    }
  }

  /// Room for at least one byte, behind what is there; for a whole block where a member ends. What is put into it counts
  /// from the next `grow(by:)` on.
  mutating func space(flushingTo sink: Sink) throws(ContextError) -> UnsafeMutableRawBufferPointer {
    if count == buffer.count { try flush(to: sink) }
    return UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
  }

  mutating func grow(by length: Int) {
    count += length
  }

  mutating func flush(to sink: Sink) throws(ContextError) {
    try sink(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    count = 0
  }
}
