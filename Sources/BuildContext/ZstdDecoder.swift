internal import CZstd

/// Decompresses a file of the Zstandard format: one frame or several, and nothing behind the last (RFC 8878).
struct ZstdDecoder: ~Copyable {
  /// log2 of the largest window, in bytes: what decoders take if they are not told otherwise, and `zstd` without
  /// `--long` never needs.
  private static let windowLogLimit: Int32 = 27

  private let context: OpaquePointer
  private let output: UnsafeMutableRawBufferPointer
  /// Whether the last frame is complete, and nothing of another was seen.
  private(set) var isAtEnd = false
  private var isFirstFrame = true
  /// Whether the decoder may still hold output of what it was given.
  private var mayHoldOutput = false

  init() {
    guard let context = ZSTD_createDCtx(),
      ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLogLimit)) == 0
    else { preconditionFailure("no memory for a decoder") }
    self.context = context
    output = .allocate(byteCount: ArchiveDecoder.pieceSize, alignment: 16)
  }

  deinit {
    ZSTD_freeDCtx(context)
    output.deallocate()
  }

  mutating func next(_ input: inout UnsafeRawBufferPointer) throws(ContextError) -> UnsafeRawBufferPointer? {
    while !input.isEmpty || mayHoldOutput {
      var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
      var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
      let result = ZSTD_decompressStream(context, &target, &source)
      input = UnsafeRawBufferPointer(rebasing: input[source.pos...])
      guard ZSTD_isError(result) == 0 else { throw .invalidArchive(entry: nil, fault(of: result)) }
      isAtEnd = result == 0
      if isAtEnd { isFirstFrame = false }
      mayHoldOutput = !isAtEnd && target.pos == target.size
      if target.pos > 0 { return UnsafeRawBufferPointer(rebasing: output[..<target.pos]) }
    }
    return nil
  }

  private func fault(of result: Int) -> ArchiveFault {
    switch ZSTD_getErrorCode(result) {
    case ZSTD_error_prefix_unknown where !isFirstFrame: .dataBehindEnd
    case ZSTD_error_frameParameter_windowTooLarge, ZSTD_error_memory_allocation: .windowTooLarge
    default: .compression
    }
  }
}
