internal import CZlib

/// Decompresses a file of the gzip format: one member or several, and nothing behind the last (RFC 1952).
struct GzipDecoder: ~Copyable {
  // zlib keeps the address of the stream.
  private let stream: UnsafeMutablePointer<z_stream>
  private let output: UnsafeMutableRawBufferPointer
  /// Whether the last member is complete, and nothing of another was seen.
  private(set) var isAtEnd = false
  private var isFirstMember = true
  /// Whether zlib may still hold output of what it was given.
  private var mayHoldOutput = false

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard cz_inflate_init_gzip(stream) == Z_OK else { preconditionFailure("no memory for a decoder") }
    output = .allocate(byteCount: ArchiveDecoder.pieceSize, alignment: 16)
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
    output.deallocate()
  }

  mutating func next(_ input: inout UnsafeRawBufferPointer) throws(ContextError) -> UnsafeRawBufferPointer? {
    while !input.isEmpty || mayHoldOutput {
      if isAtEnd {
        inflateReset(stream)
        isAtEnd = false
      }
      let given = min(input.count, Int(UInt32.max))
      stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(given)
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(output.count)
      let result = inflate(stream, Z_NO_FLUSH)
      input = UnsafeRawBufferPointer(rebasing: input[(given - Int(stream.pointee.avail_in))...])
      stream.pointee.next_in = nil
      mayHoldOutput = result == Z_OK && stream.pointee.avail_out == 0
      switch result {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        isAtEnd = true
        isFirstMember = false
      default:
        // What follows a member without beginning as one does.
        let isBehindEnd = !isFirstMember && stream.pointee.total_out == 0
        throw .invalidArchive(entry: nil, isBehindEnd ? .dataBehindEnd : .compression)
      }
      let length = output.count - Int(stream.pointee.avail_out)
      if length > 0 { return UnsafeRawBufferPointer(rebasing: output[..<length]) }
    }
    return nil
  }
}
