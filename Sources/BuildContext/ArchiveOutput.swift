/// Collects an archive in one buffer and gives it on when the buffer is full and more comes. So what was appended last
/// has never been given on, and since the buffer is a whole number of blocks, neither has any part of the last block.
struct ArchiveOutput: ~Copyable {
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileReader.bufferSize, alignment: 4096)
  private var count = 0

  deinit {
    buffer.deallocate()
  }

  mutating func append<SinkError: Error>(
    _ bytes: [UInt8], to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    var left = bytes[...]
    while !left.isEmpty {
      let space = try space(flushingTo: sink)
      let piece = left.prefix(space.count)
      space.copyBytes(from: piece)
      grow(by: piece.count)
      left = left.dropFirst(piece.count)
    }
  }

  mutating func appendZeros<SinkError: Error>(
    _ zeroCount: Int, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    var left = zeroCount
    while left > 0 {
      let space = try space(flushingTo: sink)
      let piece = UnsafeMutableRawBufferPointer(rebasing: space.prefix(left))
      piece.initializeMemory(as: UInt8.self, repeating: 0)
      grow(by: piece.count)
      left -= piece.count
    }
  }

  /// Room for at least one byte, behind what is there. What is put into it counts from the next `grow(by:)` on.
  mutating func space<SinkError: Error>(
    flushingTo sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) -> UnsafeMutableRawBufferPointer {
    if count == buffer.count { try flush(to: sink) }
    return UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
  }

  mutating func grow(by length: Int) {
    count += length
  }

  mutating func flush<SinkError: Error>(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    try sink(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    count = 0
  }
}
