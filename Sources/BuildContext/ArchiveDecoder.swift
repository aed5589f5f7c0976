/// Takes the compression off an archive, piece by piece, whatever the pieces are that it arrives in.
enum ArchiveDecoder: ~Copyable {
  /// Of what is decompressed at a time, in bytes.
  static let pieceSize = 256 * 1024

  case none
  case gzip(GzipDecoder)
  case zstd(ZstdDecoder)

  init(_ format: ArchiveFormat) {
    switch format {
    case .tar: self = .none
    case .tarGzip: self = .gzip(GzipDecoder())
    case .tarZstd: self = .zstd(ZstdDecoder())
    }
  }

  /// The next piece of the archive, never empty and valid until the next call; nothing if more input is needed.
  /// - Parameter input: shortened by what was taken. To be given again until there is no next piece.
  mutating func next(_ input: inout UnsafeRawBufferPointer) throws(ContextError) -> UnsafeRawBufferPointer? {
    switch consume self {
    case .none:
      self = .none
      defer { input = UnsafeRawBufferPointer(start: nil, count: 0) }
      return input.isEmpty ? nil : input
    case .gzip(var decoder):
      do throws(ContextError) {
        let piece = try decoder.next(&input)
        self = .gzip(decoder)
        return piece
      } catch {
        self = .gzip(decoder)
        throw error
      }
    case .zstd(var decoder):
      do throws(ContextError) {
        let piece = try decoder.next(&input)
        self = .zstd(decoder)
        return piece
      } catch {
        self = .zstd(decoder)
        throw error
      }
    }
  }

  /// - Throws: if what arrived ends in the middle of something.
  borrowing func finish() throws(ContextError) {
    let isAtEnd =
      switch self {
      case .none: true
      case .gzip(let decoder): decoder.isAtEnd
      case .zstd(let decoder): decoder.isAtEnd
      }
    guard isAtEnd else { throw .invalidArchive(entry: nil, .truncated) }
  }
}
