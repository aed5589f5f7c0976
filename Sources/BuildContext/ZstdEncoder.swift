internal import CZstd

/// Compresses into one frame of the Zstandard format (RFC 8878), fast rather than well.
struct ZstdEncoder: ~Copyable {
  private static let level: Int32 = 1

  private let context: OpaquePointer
  private let output: UnsafeMutableRawBufferPointer

  init() {
    guard let context = ZSTD_createCCtx(),
      ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.level)) == 0
    else { preconditionFailure("no memory for an encoder") }
    self.context = context
    output = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
  }

  deinit {
    ZSTD_freeCCtx(context)
    output.deallocate()
  }

  /// - Parameters:
  ///   - isLast: ends the frame; nothing may be given afterwards.
  ///   - sink: gets what is compressed so far. The bytes are valid during the call.
  func append<SinkError: Error>(
    _ input: UnsafeRawBufferPointer, isLast: Bool, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    while true {
      var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
      let left = ZSTD_compressStream2(context, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
      precondition(ZSTD_isError(left) == 0, "no memory for an encoder")
      if target.pos > 0 { try sink(UnsafeRawBufferPointer(rebasing: output[..<target.pos])) }
      if isLast ? left == 0 : source.pos == source.size { return }
    }
  }
}
